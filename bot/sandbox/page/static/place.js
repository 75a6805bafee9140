// @ts-check
import { byId, keepingFocus, parsed } from "./dom.js";
import { showMarks } from "./marks.js";
import { at, fragment } from "./server.js";
import { carryOver } from "./values.js";

/** @typedef {{ id: string, into: string, html: string, first?: boolean }} Put */

/** Keeps the channel's list: at its end, unless somebody has scrolled away. */
export function watchPlace() {
  byId("who").addEventListener("change", (event) => {
    location.assign(/** @type {HTMLSelectElement} */ (event.target).value);
  });
  byId("earlier").addEventListener("click", showEarlier);
  showMarks(document);
  toTheEnd();
  tellEmpty();
}

function toTheEnd() {
  const channel = byId("channel");
  channel.scrollTop = channel.scrollHeight;
}

/** @param {Element} list */
function isAtEnd(list) {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 80;
}

function tellEmpty() {
  byId("empty").hidden = byId("messages").querySelector("article") !== null || !byId("earlier").hidden;
}

async function showEarlier() {
  const button = /** @type {HTMLButtonElement} */ (byId("earlier"));
  const channel = byId("channel");
  button.disabled = true;
  const piece = parsed(await fragment(`${at}/earlier?before=${button.dataset.before}`));
  const mark = piece.querySelector("[data-earlier]");
  const fromEnd = channel.scrollHeight - channel.scrollTop;
  button.dataset.before = mark instanceof HTMLElement ? mark.dataset.earlier : "";
  mark?.remove();
  button.disabled = false;
  button.hidden = !button.dataset.before;
  const first = piece.querySelector("article");
  showMarks(piece);
  byId("messages").prepend(piece);
  channel.scrollTop = channel.scrollHeight - fromEnd;
  first?.querySelector("button")?.focus({ preventScroll: true });
}

/**
 * Puts an element where it belongs, in the place of the one of its id if there is one.
 * @param {Put} put
 */
export function place(put) {
  const list = document.getElementById(put.into);
  const fresh = parsed(put.html).firstElementChild;
  if (!list || !fresh) return;
  showMarks(fresh);
  const scroller = list.closest(".messages, .thread-messages") ?? list;
  const follow = isAtEnd(scroller);
  const there = document.getElementById(put.id);
  keepingFocus(() => {
    if (there) {
      carryOver(there, fresh);
      there.replaceWith(fresh);
    } else if (put.first) {
      list.prepend(fresh);
    } else {
      list.insertBefore(fresh, follower(list, fresh));
    }
  });
  if (follow && !put.first) scroller.scrollTop = scroller.scrollHeight;
  if (put.into === "messages") tellEmpty();
}

/**
 * The first element that comes after the new one; null at the end.
 * @param {Element} list
 * @param {Element} fresh
 */
function follower(list, fresh) {
  const order = Number(fresh.getAttribute("data-order"));
  let next = null;
  let each = list.lastElementChild;
  while (each && Number(each.getAttribute("data-order")) > order) {
    next = each;
    each = each.previousElementSibling;
  }
  return next;
}

/** Takes an element away. @param {string} id */
export function takeAway(id) {
  document.getElementById(id)?.remove();
  tellEmpty();
}

/** Something new was said elsewhere. @param {string} channel */
export function markUnread(channel) {
  const link = document.querySelector(`[data-channel="${CSS.escape(channel)}"]`);
  if (!link || link.querySelector(".unread")) return;
  const mark = document.createElement("span");
  mark.className = "unread";
  mark.textContent = "new";
  link.append(" ", mark);
}

/** Fetches everything anew: too much has happened to be told piece by piece. */
export async function again() {
  const page = new DOMParser().parseFromString(await fragment(location.href), "text/html");
  const fresh = page.getElementById("messages");
  if (fresh) byId("messages").replaceChildren(...fresh.childNodes);
  const button = /** @type {HTMLButtonElement} */ (byId("earlier"));
  const earlier = page.getElementById("earlier");
  button.dataset.before = earlier?.dataset.before ?? "";
  button.hidden = !button.dataset.before;
  const there = document.querySelector(".thread-messages");
  const thread = page.querySelector(".thread-messages");
  if (there && thread && there.id === thread.id) there.replaceChildren(...thread.childNodes);
  showMarks(document);
  tellEmpty();
  toTheEnd();
}

