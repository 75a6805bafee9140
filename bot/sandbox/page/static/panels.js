// @ts-check
import { byId, hit, parsed } from "./dom.js";
import { act, fragment, inWords, otherEnd } from "./server.js";

const KEPT = 300;

/** Tabs, drawers, what the buttons of the other end do, and the wire's lines. */
export function watchPanels() {
  for (const list of document.querySelectorAll("[role=tablist]")) watchTabs(/** @type {HTMLElement} */ (list));
  watchDrawers();
  document.addEventListener("click", (event) => {
    const button = hit(event, "button[data-panel]");
    if (button instanceof HTMLElement) void doIt(button, { ...button.dataset });
  });
  document.addEventListener("change", (event) => {
    const radio = hit(event, "input[type=radio][data-panel]");
    if (radio instanceof HTMLElement) void doIt(radio, { ...radio.dataset, by_hand: radio.dataset.byHand === "true" });
  });
  document.addEventListener("submit", (event) => {
    const form = hit(event, "form[data-panel]");
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    const body = Object.fromEntries(new FormData(form));
    form.reset();
    void doIt(form, { ...form.dataset, ...body });
  });
  byId("wire-pause").addEventListener("click", () => void pause());
  byId("wire-lines").addEventListener("toggle", (event) => void expand(event), true);
}

/** @param {HTMLElement} control @param {Record<string, unknown>} body */
async function doIt(control, body) {
  const { panel = "", deed = "" } = control.dataset;
  const note = byId("other-end-note");
  note.textContent = "";
  control.setAttribute("aria-busy", "true");
  try {
    await otherEnd(panel, deed, body);
  } catch (error) {
    note.textContent = inWords(error);
  } finally {
    control.removeAttribute("aria-busy");
  }
}

/** @param {HTMLElement} list */
function watchTabs(list) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  list.addEventListener("click", (event) => {
    const tab = hit(event, "[role=tab]");
    if (tab instanceof HTMLElement) choose(tabs, tab);
  });
  list.addEventListener("keydown", (event) => {
    const now = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const steps = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 };
    if (now < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = /** @type {number} */ (steps[/** @type {keyof typeof steps} */ (event.key)]);
    const tab = tabs[(next + tabs.length) % tabs.length];
    choose(tabs, tab);
    tab.focus();
  });
}

/** @param {HTMLElement[]} tabs @param {HTMLElement} tab */
function choose(tabs, tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    byId(each.getAttribute("aria-controls") ?? "").hidden = !chosen;
  }
  if (tab.id === "home-tab") void act("home", {});
}

function watchDrawers() {
  drawer("menu-button", "sidebar");
  drawer("other-end-button", "other-end");
  const narrow = matchMedia("(max-width: 1100px)");
  const fit = () => setDrawer("other-end-button", "other-end", !narrow.matches);
  narrow.addEventListener("change", fit);
  fit();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    for (const [button, place] of [["menu-button", "sidebar"], ["other-end-button", "other-end"]]) {
      if (byId(place).contains(document.activeElement) && byId(place).matches(".open")) {
        setDrawer(button, place, false);
        byId(button).focus();
      }
    }
  });
}

/** @param {string} button @param {string} place */
function drawer(button, place) {
  byId(button).addEventListener("click", () => {
    const on = byId(button).getAttribute("aria-expanded") !== "true";
    setDrawer(button, place, on);
    if (on) {
      const first = byId(place).querySelector("a, button");
      if (first instanceof HTMLElement) first.focus();
    }
  });
}

/** @param {string} button @param {string} place @param {boolean} on */
function setDrawer(button, place, on) {
  byId(button).setAttribute("aria-expanded", String(on));
  byId(place).classList.toggle("open", on);
}

/** Whether new lines wait. */
export const wirePaused = () => byId("wire-pause").getAttribute("aria-pressed") === "true";

/** Only so many lines are kept. */
export function lineArrived() {
  const lines = byId("wire-lines");
  while (lines.children.length > KEPT) lines.lastElementChild?.remove();
}

async function pause() {
  const paused = !wirePaused();
  byId("wire-pause").setAttribute("aria-pressed", String(paused));
  if (!paused) byId("wire-lines").replaceChildren(parsed(await fragment("/wire")));
}

/** Bodies are fetched when somebody looks. @param {Event} event */
async function expand(event) {
  const details = event.target;
  if (!(details instanceof HTMLDetailsElement) || !details.open) return;
  const place = details.querySelector(".detail");
  place?.replaceChildren(parsed(await fragment(`/wire/${details.dataset.line}`)));
}
