// @ts-check
import { confirmed } from "./confirm.js";
import { hit } from "./dom.js";
import { complain, TROUBLE } from "./marks.js";
import { act, inWords } from "./server.js";
import { forgetFiles, held, shareFiles, touch, valuesIn } from "./values.js";

/** @typedef {import("./values.js").Control} Control */

/** Everything that can be used in messages and views. */
export function watchBlocks() {
  document.addEventListener("click", clicked);
  document.addEventListener("input", (event) => {
    touch(event);
    const control = hit(event, "[data-dispatch=character]");
    if (control) soon(/** @type {Control} */ (control));
  });
  document.addEventListener("change", changed);
  document.addEventListener("keydown", (event) => {
    const control = hit(event, "[data-dispatch=enter]");
    if (event.key !== "Enter" || event.isComposing || !(control instanceof HTMLInputElement)) return;
    event.preventDefault();
    void use(control, held(control, document));
  });
}

/** @param {MouseEvent} event */
function clicked(event) {
  for (const open of document.querySelectorAll("details.overflow[open]")) {
    if (!open.contains(/** @type {Node} */ (event.target))) open.removeAttribute("open");
  }
  const control = hit(event, "button[data-action-id], a[data-action-id]");
  if (!(control instanceof HTMLElement)) return;
  const inMenu = control.closest("details.overflow");
  inMenu?.removeAttribute("open");
  const value = control instanceof HTMLButtonElement ? control.value : control.dataset.value;
  if (control instanceof HTMLAnchorElement && control.dataset.confirm) {
    event.preventDefault();
    void followed(control, value || null);
    return;
  }
  void use(control, value || null);
}

/** A link that asks first. @param {HTMLAnchorElement} link @param {unknown} value */
async function followed(link, value) {
  if (!(await confirmed(link.dataset.confirm))) return;
  open(link.href, "_blank", "noopener");
  await tell(link, value);
}

/** @param {Event} event */
function changed(event) {
  touch(event);
  const control = event.target;
  if (!(control instanceof HTMLElement) || !control.matches("[data-action-id]")) return;
  const used = /** @type {Control} */ (control);
  if (used.type === "file") forgetFiles(used);
  const typed = used instanceof HTMLTextAreaElement
    || (used instanceof HTMLInputElement && !/checkbox|radio|file/.test(used.type));
  const picked = used instanceof HTMLInputElement && /date|time/.test(used.type);
  const inInput = used.closest("[data-block-type=input]") !== null;
  if (used.getAttribute("role") === "combobox" || (typed && !picked)) return;
  if (inInput && !used.dataset.dispatch) return;
  void use(used, held(used, holderOf(used)));
}

/** @type {WeakMap<Control, number>} */
const waiting = new WeakMap();

/** As somebody types: once for what is typed in one go. @param {Control} control */
function soon(control) {
  clearTimeout(waiting.get(control));
  waiting.set(control, setTimeout(() => void use(control, held(control, document)), 150));
}

/** The message, modal or Home tab that something lies in. @param {Element} element */
const holderOf = (element) => element.closest("dialog.modal, [data-view], article.message") ?? document;

/**
 * Uses an element: asks first if the app wants that, and shows what is under way and what failed.
 * @param {HTMLElement} control
 * @param {unknown} value
 */
export async function use(control, value) {
  if (control.getAttribute("aria-busy") === "true") return;
  if (await confirmed(control.dataset.confirm)) await tell(control, value);
}

/** @param {HTMLElement} control @param {unknown} value */
async function tell(control, value) {
  complain(control, "");
  busy(control, true);
  try {
    const answer = await act("click", await asked(control, value));
    if (answer.error) complain(control, TROUBLE);
  } catch (error) {
    complain(control, inWords(error));
  } finally {
    busy(control, false);
  }
}

/** @param {HTMLElement} control @param {unknown} value */
async function asked(control, value) {
  const holder = holderOf(control);
  const what = { block_id: control.dataset.blockId, action_id: control.dataset.actionId, value };
  if (holder instanceof HTMLElement && holder.dataset.view) {
    await shareFiles(holder);
    return { ...what, view: holder.dataset.view, values: valuesIn(holder) };
  }
  return { ...what, ts: /** @type {HTMLElement} */ (holder).dataset.ts };
}

/** @param {HTMLElement} control @param {boolean} on */
function busy(control, on) {
  const shown = control.closest("details.overflow")?.querySelector("summary") ?? control;
  if (on) shown.setAttribute("aria-busy", "true");
  else shown.removeAttribute("aria-busy");
}
