// @ts-check
import { use } from "./blocks.js";
import { hit } from "./dom.js";
import { act, inWords } from "./server.js";
import { chosen } from "./values.js";

/** @typedef {import("./values.js").Option} Option */

const BOX = "input[role=combobox][data-action-id]";

/** @type {WeakMap<HTMLInputElement, number>} */
const timers = new WeakMap();
/** @type {WeakMap<HTMLElement, Option>} */
const options = new WeakMap();

/** Fields whose options the app offers while somebody types. */
export function watchCombobox() {
  document.addEventListener("input", (event) => {
    const input = hit(event, BOX);
    if (input instanceof HTMLInputElement) typed(input);
  });
  document.addEventListener("keydown", (event) => {
    const input = hit(event, BOX);
    if (input instanceof HTMLInputElement) pressed(event, input);
  });
  document.addEventListener("mousedown", (event) => {
    const item = hit(event, ".offers [role=option]");
    const input = item?.closest(".combobox")?.querySelector(BOX);
    if (!(item instanceof HTMLElement) || !(input instanceof HTMLInputElement)) return;
    event.preventDefault();
    choose(input, item);
  });
  document.addEventListener("click", (event) => {
    const button = hit(event, ".chosen .chosen-remove");
    const input = button?.closest(".combobox")?.querySelector(BOX);
    button?.closest("li")?.remove();
    if (input instanceof HTMLInputElement) told(input);
  });
  document.addEventListener("focusout", (event) => {
    const input = hit(event, BOX);
    if (input instanceof HTMLInputElement) hide(input);
  });
}

/** @param {HTMLInputElement} input */
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls") ?? "");

/** @param {HTMLInputElement} input */
function typed(input) {
  delete input.dataset.value;
  clearTimeout(timers.get(input));
  if (input.value.length < Number(input.dataset.minQuery ?? 0)) return hide(input);
  timers.set(input, setTimeout(() => void offer(input), 200));
}

/** @param {HTMLInputElement} input */
async function offer(input) {
  const query = input.value;
  const where = input.closest("[data-view], article[data-ts]");
  const { view, ts } = where instanceof HTMLElement ? where.dataset : {};
  try {
    const answer = await act("suggest", {
      view,
      ts,
      action_id: input.dataset.actionId,
      query,
    });
    if (input.value !== query) return;
    if (answer.error) say(input, "The options couldn't be loaded.");
    else show(input, answer.groups.flatMap((/** @type {any} */ group) => group.options));
  } catch (error) {
    say(input, inWords(error));
  }
}

/** @param {HTMLInputElement} input @param {Option[]} found */
function show(input, found) {
  const list = listOf(input);
  if (!list) return;
  if (!found.length) return say(input, "Nothing found.");
  list.replaceChildren(...found.map((option, number) => {
    const item = document.createElement("li");
    item.id = `${list.id}-${number}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = option.text.text;
    options.set(item, option);
    return item;
  }));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

/** A line in the list that can't be chosen. @param {HTMLInputElement} input @param {string} words */
function say(input, words) {
  const list = listOf(input);
  if (!list) return;
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.setAttribute("aria-disabled", "true");
  item.setAttribute("aria-selected", "false");
  item.textContent = words;
  list.replaceChildren(item);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

/** @param {HTMLInputElement} input */
function hide(input) {
  const list = listOf(input);
  if (list) list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** @param {KeyboardEvent} event @param {HTMLInputElement} input */
function pressed(event, input) {
  const list = listOf(input);
  if (!list || list.hidden) return;
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  const now = items.findIndex((item) => item.id && item.id === input.getAttribute("aria-activedescendant"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = now < 0 && step < 0 ? items.length - 1 : (now + step + items.length) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === next)));
    if (items[next].id) input.setAttribute("aria-activedescendant", items[next].id);
    items[next].scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && now >= 0) {
    event.preventDefault();
    choose(input, items[now]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    hide(input);
  }
}

/** @param {HTMLInputElement} input @param {HTMLElement} item */
function choose(input, item) {
  const option = options.get(item);
  if (!option) return;
  input.dataset.touched = "true";
  if (input.dataset.multiple === "true") {
    add(input, option);
    input.value = "";
  } else {
    input.value = option.text.text;
    input.dataset.value = option.value;
  }
  hide(input);
  told(input);
}

/** @param {HTMLInputElement} input @param {Option} option */
function add(input, option) {
  const box = input.closest(".combobox");
  let list = box?.querySelector(".chosen");
  if (!list) {
    list = document.createElement("ul");
    list.className = "chosen";
    box?.prepend(list);
  }
  if ([...list.children].some((item) => item.getAttribute("data-value") === option.value)) return;
  const item = document.createElement("li");
  item.dataset.value = option.value;
  const words = document.createElement("span");
  words.className = "chosen-words";
  words.textContent = option.text.text;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "chosen-remove";
  remove.textContent = "✕";
  remove.setAttribute("aria-label", `Remove ${option.text.text}`);
  item.append(words, remove);
  list.append(item);
}

/** Tells the app, where it wants to know before the submission. @param {HTMLInputElement} input */
function told(input) {
  const mute = input.closest("[data-block-type=input]") && !input.dataset.dispatch;
  if (!mute) void use(input, chosen(input));
}
