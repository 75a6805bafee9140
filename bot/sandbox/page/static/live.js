// @ts-check
import { byId, keepingFocus, parsed } from "./dom.js";
import { showMarks } from "./marks.js";
import { showModals } from "./modals.js";
import { lineArrived, wirePaused } from "./panels.js";
import { again, markUnread, place, takeAway } from "./place.js";
import { at } from "./server.js";
import { carryOver } from "./values.js";

/** @typedef {Record<string, any>} Op */

/** Listens to what is new, for ever: the browser connects again by itself, from where it was. */
export function listen() {
  const since = document.body.dataset.since ?? "";
  const source = new EventSource(`${at}/events?since=${since}`);
  source.addEventListener("open", () => { byId("connection").textContent = ""; });
  source.addEventListener("error", () => {
    byId("connection").textContent = "Connecting again…";
  });
  source.addEventListener("message", (event) => {
    for (const op of JSON.parse(event.data)) apply(op);
  });
  addEventListener("pagehide", () => source.close());
}

/** @param {Op} op */
function apply(op) {
  switch (op.op) {
    case "put":
      if (op.into === "wire-lines") {
        if (wirePaused()) return;
        place(/** @type {any} */ (op));
        lineArrived();
        return;
      }
      place(/** @type {any} */ (op));
      return;
    case "gone":
      takeAway(op.id);
      return;
    case "fill":
      fill(op.id, op.html, op.count);
      return;
    case "modals":
      showModals(op.windows);
      return;
    case "unread":
      markUnread(op.id);
      return;
    case "again":
      void again();
  }
}

/**
 * Draws a panel anew; what somebody is typing in it stays.
 * @param {string} id
 * @param {string} html
 * @param {number | null} count
 */
function fill(id, html, count) {
  const panel = document.getElementById(id);
  if (!panel) return;
  const typed = new Map([...panel.querySelectorAll("input[type=text][id]")]
    .map((input) => [input.id, /** @type {HTMLInputElement} */ (input).value]));
  const fresh = parsed(html);
  showMarks(fresh);
  carryOver(panel, fresh);
  keepingFocus(() => {
    panel.replaceChildren(fresh);
    for (const [inputId, value] of typed) {
      const input = document.getElementById(inputId);
      if (input instanceof HTMLInputElement && value) input.value = value;
    }
  });
  const badge = document.getElementById(`${id}-count`);
  if (badge) {
    badge.hidden = !count;
    badge.textContent = count ? String(count) : "";
  }
}
