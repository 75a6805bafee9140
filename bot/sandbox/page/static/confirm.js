// @ts-check
import { byId, parsed } from "./dom.js";

/**
 * Asks as the app wants it asked before something is done.
 * @param {string | undefined} asked JSON of title, text (HTML from our server), confirm, deny, style
 * @returns {Promise<boolean>} whether to go on
 */
export function confirmed(asked) {
  if (!asked) return Promise.resolve(true);
  const words = JSON.parse(asked);
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  const yes = byId("confirm-yes");
  byId("confirm-title").textContent = words.title;
  byId("confirm-text").replaceChildren(parsed(words.text));
  yes.textContent = words.confirm;
  yes.className = `button button-${words.style === "danger" ? "danger" : "primary"}`;
  byId("confirm-deny").textContent = words.deny;
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ answer) => () => {
      ending.abort();
      dialog.close();
      resolve(answer);
    };
    const ending = new AbortController();
    const { signal } = ending;
    yes.addEventListener("click", end(true), { signal });
    byId("confirm-deny").addEventListener("click", end(false), { signal });
    dialog.addEventListener("cancel", end(false), { signal });
    dialog.showModal();
    byId("confirm-deny").focus();
  });
}
