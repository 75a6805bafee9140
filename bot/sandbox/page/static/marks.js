// @ts-check

/** Slack's words where the app didn't answer, or answered what Slack refuses. */
export const TROUBLE = "We had some trouble connecting. Try again?";

/**
 * Says next to an element what went wrong with it; nothing takes it away.
 * @param {HTMLElement} control
 * @param {string} words
 */
export function complain(control, words) {
  const again = control.isConnected ? control : sameAs(control);
  if (again) warn(again, words);
}

/** @param {HTMLElement} control @param {string} words */
function warn(control, words) {
  const beside = control.closest("details.overflow, .combobox, fieldset") ?? control;
  const next = beside.nextElementSibling;
  if (next?.matches(".failed")) next.remove();
  if (!words) return;
  const warning = document.createElement("span");
  warning.className = "failed";
  warning.setAttribute("role", "alert");
  warning.textContent = `⚠ ${words}`;
  beside.after(warning);
}

/** The same element after its message was drawn anew. @param {HTMLElement} control */
function sameAs(control) {
  return control.id ? document.getElementById(control.id) : null;
}

/**
 * Puts the warnings that came with a message or a view beside the elements that they are about.
 * @param {ParentNode} where
 */
export function showMarks(where) {
  for (const mark of where.querySelectorAll("[data-mark-block]")) {
    const { markBlock = "", markAction = "" } = /** @type {HTMLElement} */ (mark).dataset;
    const holder = mark.closest("article, [data-view], form") ?? where;
    const control = holder.querySelector(
      `[data-block-id="${CSS.escape(markBlock)}"][data-action-id="${CSS.escape(markAction)}"]`,
    );
    if (control instanceof HTMLElement) warn(control, mark.textContent ?? "");
    mark.remove();
  }
}
