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
 * How to find the same thing after it was drawn anew: by its id, or by what it does.
 * @param {HTMLElement} element
 * @returns {() => HTMLElement | null}
 */
function findAgain(element) {
  const id = element.id;
  const home = element.closest("[id]:not(:scope)")?.id;
  const { blockId, actionId, deed, call, state, name } = element.dataset;
  const marks = Object.entries({ "block-id": blockId, "action-id": actionId, deed, call, state, name })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `[data-${key}="${CSS.escape(value ?? "")}"]`)
    .join("");
  const holder = element.closest("article[id], dialog[id]")?.id ?? home ?? "";
  return () => {
    const byItsId = id ? document.getElementById(id) : null;
    if (byItsId || !marks) return byItsId;
    return /** @type {HTMLElement | null} */ (
      (document.getElementById(holder) ?? document).querySelector(marks)
    );
  };
}
