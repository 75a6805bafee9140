// @ts-check
import { byId, hit, keepingFocus, parsed } from "./dom.js";
import { showMarks, TROUBLE } from "./marks.js";
import { act, inWords } from "./server.js";
import { carryOver, shareFiles, valuesIn } from "./values.js";

/** @typedef {{ id: string, html: string }} Window */

/** Where the focus was before the first modal came. @type {HTMLElement | null} */
let before = null;

/** Modals: submitting, closing, Escape. */
export function watchModals() {
  document.addEventListener("click", (event) => {
    const button = hit(event, "dialog.modal [data-close]");
    const dialog = button?.closest("dialog");
    if (dialog) void close(dialog);
  });
  document.addEventListener("submit", (event) => {
    const form = hit(event, "form.modal-form");
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    void submit(form);
  });
}

/** The open ones, the top last. */
const stack = () => /** @type {HTMLDialogElement[]} */ ([...byId("modals").children]);

/**
 * Shows these modals, the top last; only the top one can be used.
 * @param {Window[]} windows
 */
export function showModals(windows) {
  if (!stack().length && windows.length) before = /** @type {HTMLElement} */ (document.activeElement);
  const wanted = new Set(windows.map((each) => each.id));
  for (const dialog of stack()) {
    if (!wanted.has(dialog.dataset.view ?? "")) {
      dialog.close();
      dialog.remove();
    }
  }
  for (const each of windows) draw(each);
  const top = stack().at(-1);
  for (const dialog of stack()) if (dialog !== top && dialog.open) dialog.close();
  if (top && !top.open) open(top);
  if (!top && before) {
    const back = before.isConnected ? before : document.getElementById(before.id);
    back?.focus({ preventScroll: true });
    before = null;
  }
}

/** @param {Window} each */
function draw(each) {
  const there = stack().find((dialog) => dialog.dataset.view === each.id);
  const content = parsed(each.html);
  showMarks(content);
  if (!there) {
    const dialog = document.createElement("dialog");
    dialog.className = "modal";
    dialog.id = each.id;
    dialog.dataset.view = each.id;
    dialog.setAttribute("aria-labelledby", `${each.id}-title`);
    dialog.append(content);
    // The browser closes a dialog by itself at a second Escape, whatever is said to its `cancel`.
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      void close(dialog);
    });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    byId("modals").append(dialog);
    return;
  }
  carryOver(there, content);
  const scrolled = there.querySelector(".modal-content")?.scrollTop ?? 0;
  keepingFocus(() => there.replaceChildren(content));
  const body = there.querySelector(".modal-content");
  if (body) body.scrollTop = scrolled;
  if (there.open && !there.contains(document.activeElement)) focusFirst(there);
  focusWrong(there);
}

/** The first field that is at fault, if there is one. @param {HTMLDialogElement} dialog */
function focusWrong(dialog) {
  const wrong = dialog.querySelector("[aria-invalid=true]");
  if (wrong instanceof HTMLElement && dialog.open) wrong.focus();
}

/** @param {HTMLDialogElement} dialog */
function open(dialog) {
  dialog.showModal();
  focusFirst(dialog);
}

/** @param {HTMLElement} dialog */
function focusFirst(dialog) {
  const wanted = dialog.querySelector("[autofocus]")
    ?? dialog.querySelector(".modal-content :is(input, select, textarea):not([disabled])")
    ?? dialog.querySelector(".modal-foot .button-primary, .modal-content button")
    ?? dialog.querySelector(".modal-foot button");
  if (wanted instanceof HTMLElement) wanted.focus();
}

/** @param {HTMLDialogElement} dialog */
async function close(dialog) {
  try {
    await act("close", { view: dialog.dataset.view });
  } catch (error) {
    notice(dialog, inWords(error));
  }
}

/** @param {HTMLFormElement} form */
async function submit(form) {
  const dialog = form.closest("dialog");
  const button = form.querySelector("button[type=submit]");
  if (!dialog || !button || dialog.getAttribute("aria-busy") === "true") return;
  dialog.setAttribute("aria-busy", "true");
  button.setAttribute("aria-busy", "true");
  notice(dialog, "");
  try {
    await shareFiles(dialog);
    const answer = await act("submit", { view: dialog.dataset.view, values: valuesIn(dialog) });
    if (answer.error) notice(dialog, TROUBLE);
    else focusWrong(dialog);
  } catch (error) {
    notice(dialog, inWords(error));
  } finally {
    dialog.removeAttribute("aria-busy");
    button.removeAttribute("aria-busy");
  }
}

/** @param {HTMLDialogElement} dialog @param {string} words */
function notice(dialog, words) {
  const place = dialog.querySelector(".modal-notice");
  if (place) place.textContent = words;
}
