// @ts-check

/**
 * An element by its id, which has to be there.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`There is no #${id}.`);
  return found;
}

/**
 * The element of an event's target that fits, or what it lies in.
 * @template {Element} T
 * @param {Event} event
 * @param {string} selector
 * @returns {T | null}
 */
export function hit(event, selector) {
  const target = event.target;
  return target instanceof Element ? /** @type {T | null} */ (target.closest(selector)) : null;
}

/** The elements of a piece of HTML from our server. @param {string} html */
export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/**
 * Changes something of the page; the focus and what is selected stay where they were.
 * @param {() => void} change
 */
export function keepingFocus(change) {
  const active = document.activeElement;
  const find = active instanceof HTMLElement ? findAgain(active) : null;
  const caret = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement
    ? caretOf(active) : null;
  change();
  if (!find || !active || active.isConnected) return;
  const again = find();
  again?.focus({ preventScroll: true });
  if (caret && (again instanceof HTMLInputElement || again instanceof HTMLTextAreaElement)) {
    try { again.setSelectionRange(caret[0], caret[1]); } catch { /* not every input has a caret */ }
  }
}

/** @param {HTMLInputElement | HTMLTextAreaElement} input @returns {[number | null, number | null]} */
function caretOf(input) {
  return [input.selectionStart, input.selectionEnd];
}

/**
 * How to find the same thing after it was drawn anew: by what it does, else by its id.
 * @param {HTMLElement} element
 * @returns {() => HTMLElement | null}
 */
function findAgain(element) {
  const chosen = element.matches("button, [type=checkbox], [type=radio]");
  const marks = MARKS.filter((name) => element.hasAttribute(name) && (chosen || name !== "value"))
    .map((name) => `[${name}="${CSS.escape(element.getAttribute(name) ?? "")}"]`)
    .join("");
  const holder = element.closest("article[id], dialog[id], [data-view], .panel")?.id ?? "";
  return () => {
    const within = document.getElementById(holder) ?? document;
    const same = /data-/.test(marks) ? within.querySelector(marks) : document.getElementById(element.id);
    return /** @type {HTMLElement | null} */ (same);
  };
}

/** What tells one control from another, whatever stands around it. */
const MARKS = [
  "data-block-id", "data-action-id", "data-deed", "data-call", "data-session", "data-event",
  "data-sid", "data-body", "data-state", "data-name", "value",
];
