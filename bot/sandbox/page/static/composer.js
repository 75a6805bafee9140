// @ts-check
import { hit } from "./dom.js";
import { act, inWords } from "./server.js";
import { share } from "./values.js";

/** @typedef {{ id: string, name: string }} Shared */

/** What is to be sent along with the next message. @type {WeakMap<HTMLElement, Shared[]>} */
const attached = new WeakMap();

/** The boxes that one writes in: the channel's, and the thread's. */
export function watchComposers() {
  document.addEventListener("input", (event) => {
    const text = hit(event, ".composer textarea");
    if (text instanceof HTMLTextAreaElement) typed(text);
  });
  document.addEventListener("keydown", (event) => {
    const text = hit(event, ".composer textarea");
    if (text instanceof HTMLTextAreaElement) pressed(event, text);
  });
  document.addEventListener("submit", (event) => {
    const form = hit(event, "form.composer");
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    void send(form);
  });
  document.addEventListener("mousedown", (event) => {
    const item = hit(event, ".commands [role=option]");
    const form = item?.closest("form");
    if (!(item instanceof HTMLElement) || !form) return;
    event.preventDefault();
    complete(textOf(form), item);
  });
  document.addEventListener("click", (event) => {
    const form = hit(event, ".composer .attach")?.closest("form");
    form?.querySelector("input")?.click();
    const remove = hit(event, ".attached button");
    if (remove instanceof HTMLElement) detach(remove);
  });
  document.addEventListener("change", (event) => {
    const input = hit(event, ".attach-input");
    if (input instanceof HTMLInputElement) void attach(input);
  });
}

/** @param {Element} form @returns {HTMLTextAreaElement} */
const textOf = (form) => /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));

/** @param {Element} form @returns {HTMLElement} */
const listOf = (form) => /** @type {HTMLElement} */ (form.querySelector(".commands"));

/** @param {Element} form */
const shown = (form) => /** @type {HTMLElement[]} */ (
  [...listOf(form).children].filter((item) => !(/** @type {HTMLElement} */ (item).hidden))
);

/** @param {Element} form @param {string} words */
function note(form, words) {
  const place = form.querySelector(".note");
  if (place) place.textContent = words;
}

/** @param {HTMLTextAreaElement} text */
function typed(text) {
  const form = /** @type {HTMLFormElement} */ (text.form);
  grow(text);
  note(form, "");
  const list = listOf(form);
  const begun = /^\/\S*$/.test(text.value);
  for (const item of /** @type {HTMLElement[]} */ ([...list.children])) {
    item.hidden = !item.dataset.command?.startsWith(text.value.toLowerCase());
  }
  list.hidden = !begun || shown(form).length === 0;
  mark(form, null);
}

/** As high as its text, up to a third of the window. @param {HTMLTextAreaElement} text */
function grow(text) {
  text.rows = Math.min(10, Math.max(1, text.value.split("\n").length));
}

/** Marks the command that Enter takes. @param {Element} form @param {HTMLElement | null} item */
function mark(form, item) {
  for (const each of listOf(form).children) each.setAttribute("aria-selected", String(each === item));
  const text = textOf(form);
  if (item) {
    text.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  } else {
    text.removeAttribute("aria-activedescendant");
  }
}

/** @param {KeyboardEvent} event @param {HTMLTextAreaElement} text */
function pressed(event, text) {
  const form = /** @type {HTMLFormElement} */ (text.form);
  const open = !listOf(form).hidden;
  if (open && inList(event, form)) {
    event.preventDefault();
    return;
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    void send(form);
  }
}

/** What a key does to the open list; whether it was for it. @param {KeyboardEvent} event @param {Element} form */
function inList(event, form) {
  const items = shown(form);
  const text = textOf(form);
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const exact = items.some((item) => item.dataset.command === text.value);
  if (event.key === "ArrowDown") mark(form, items[(now + 1) % items.length]);
  else if (event.key === "ArrowUp") mark(form, items.at(now <= 0 ? -1 : now - 1) ?? null);
  else if (event.key === "Escape") listOf(form).hidden = true;
  else if (event.key === "Tab" && !event.shiftKey) complete(text, items[Math.max(0, now)]);
  else if (event.key === "Enter" && (now >= 0 || !exact)) complete(text, items[Math.max(0, now)]);
  else return false;
  return true;
}

/** @param {HTMLTextAreaElement} text @param {HTMLElement} item */
function complete(text, item) {
  text.value = `${item.dataset.command} `;
  typed(text);
  text.focus();
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const text = textOf(form);
  const said = text.value;
  const files = attached.get(form) ?? [];
  if (!said.trim() && !files.length) return;
  const thread = form.dataset.thread || undefined;
  const isCommand = said.trimStart().startsWith("/") && !files.length;
  empty(form);
  form.setAttribute("aria-busy", "true");
  try {
    const answer = isCommand
      ? await act("command", { text: said, thread })
      : await act("say", { text: said, thread, files: files.map((file) => file.id) });
    if (answer.note) note(form, answer.note);
  } catch (error) {
    note(form, inWords(error));
    if (!text.value) text.value = said;
    attached.set(form, files);
    listFiles(form);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** @param {HTMLFormElement} form */
function empty(form) {
  textOf(form).value = "";
  attached.delete(form);
  listFiles(form);
  typed(textOf(form));
}

/** @param {HTMLInputElement} input */
async function attach(input) {
  const form = /** @type {HTMLFormElement} */ (input.form);
  const files = [...(input.files ?? [])];
  input.value = "";
  try {
    for (const file of files) {
      const id = await share(file);
      attached.set(form, [...(attached.get(form) ?? []), { id, name: file.name }]);
    }
  } catch (error) {
    note(form, inWords(error));
  }
  listFiles(form);
  textOf(form).focus();
}

/** @param {HTMLElement} button */
function detach(button) {
  const form = /** @type {HTMLElement} */ (button.closest("form"));
  attached.set(form, (attached.get(form) ?? []).filter((file) => file.id !== button.dataset.file));
  listFiles(form);
  textOf(form).focus();
}

/** @param {HTMLElement} form */
function listFiles(form) {
  const list = /** @type {HTMLElement} */ (form.querySelector(".attached"));
  const files = attached.get(form) ?? [];
  list.hidden = !files.length;
  list.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "✕";
    remove.dataset.file = file.id;
    remove.setAttribute("aria-label", `Don't send ${file.name}`);
    item.append(file.name, " ", remove);
    return item;
  }));
}
