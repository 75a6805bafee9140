// @ts-check
import { hit } from "./dom.js";
import { act, inWords } from "./server.js";
import { openThread } from "./thread.js";

/** The menu that is open, and the button that it belongs to. @type {{ menu: HTMLElement, button: HTMLElement } | null} */
let open = null;

/** The menus of messages and of the composer. */
export function watchMenus() {
  document.addEventListener("click", (event) => {
    const button = hit(event, ".more, .shortcuts");
    const item = hit(event, ".menu [role=menuitem]");
    const dismissed = hit(event, "[data-dismiss]");
    if (dismissed instanceof HTMLElement) void dismiss(dismissed);
    if (button instanceof HTMLElement) toggle(button);
    else if (item instanceof HTMLElement) void chosen(item);
    else shut(false);
  });
  document.addEventListener("keydown", pressed);
}

/** @param {HTMLElement} button */
function toggle(button) {
  const mine = open?.button === button;
  shut(false);
  if (mine) return;
  const name = button.matches(".more") ? "message-menu" : "shortcut-menu";
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(name));
  const menu = /** @type {HTMLElement} */ (
    /** @type {Element} */ (template.content.firstElementChild).cloneNode(true)
  );
  button.after(menu);
  button.setAttribute("aria-expanded", "true");
  open = { menu, button };
  const room = button.closest(".messages, .thread-messages");
  if (room && menu.getBoundingClientRect().bottom > room.getBoundingClientRect().bottom) {
    menu.classList.add("menu-up");
  }
  items(menu)[0]?.focus();
}

/** @param {HTMLElement} menu */
const items = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role=menuitem]")]);

/** @param {boolean} back whether the focus goes back to the button */
function shut(back) {
  if (!open) return;
  open.menu.remove();
  open.button.setAttribute("aria-expanded", "false");
  if (back) open.button.focus();
  open = null;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!open) return;
  const all = items(open.menu);
  const now = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key === "Escape") {
    event.preventDefault();
    shut(true);
  } else if (event.key === "Tab") {
    shut(false);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    all[(now + steps[event.key] + all.length) % all.length].focus();
  } else if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    all.at(event.key === "Home" ? 0 : -1)?.focus();
  }
}

/** @param {HTMLElement} item */
async function chosen(item) {
  if (!open || item.getAttribute("aria-disabled") === "true") return;
  const { button } = open;
  const ts = button.closest("article")?.dataset.ts;
  const shortcut = item.dataset.shortcut;
  shut(true);
  if (!shortcut) {
    const parent = button.closest(".thread-messages")?.id.replace("thread-", "") ?? ts;
    if (parent) await openThread(parent);
    return;
  }
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await act("shortcut", { callback_id: shortcut, ts });
    if (answer.error) warn(button, "Sorry, that didn't work. Try again?");
  } catch (error) {
    warn(button, inWords(error));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Takes away what only this person sees. @param {HTMLElement} button */
async function dismiss(button) {
  try {
    await act("dismiss", { ts: button.closest("article")?.dataset.ts });
  } catch (error) {
    warn(button, inWords(error));
  }
}

/** @param {HTMLElement} button @param {string} words */
function warn(button, words) {
  const warning = document.createElement("span");
  warning.className = "failed";
  warning.setAttribute("role", "alert");
  warning.textContent = `⚠ ${words}`;
  button.after(warning);
  setTimeout(() => warning.remove(), 8000);
}
