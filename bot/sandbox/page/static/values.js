// @ts-check
import { act } from "./server.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */
/** @typedef {{ text: { type: string, text: string }, value: string }} Option */

const CONTROLS = "input[data-action-id], select[data-action-id], textarea[data-action-id]";

/** @param {ParentNode} where @returns {Control[]} */
export const controlsIn = (where) =>
  /** @type {Control[]} */ ([...where.querySelectorAll(CONTROLS)]);

/** The ids that files have got, by the input they were picked in. @type {WeakMap<Control, string[]>} */
const shared = new WeakMap();

/**
 * What one control holds, together with those that make one input with it (boxes, radio buttons).
 * @param {Control} control
 * @param {ParentNode} where
 * @returns {unknown}
 */
export function held(control, where) {
  if (control instanceof HTMLSelectElement) {
    if (!control.multiple) return control.value || null;
    return [...control.selectedOptions].map((option) => option.value).filter(Boolean);
  }
  if (control instanceof HTMLTextAreaElement) return control.value || null;
  if (control.type === "checkbox" || control.type === "radio") return ticked(control, where);
  if (control.type === "file") return shared.get(control) ?? [];
  if (control.getAttribute("role") === "combobox") return chosen(control);
  return control.value || null;
}

/** @param {HTMLInputElement} control @param {ParentNode} where */
function ticked(control, where) {
  const values = controlsIn(where)
    .filter((each) => each.name === control.name && /** @type {HTMLInputElement} */ (each).checked)
    .map((each) => each.value);
  return control.type === "checkbox" ? values : (values[0] ?? null);
}

/** The option, or the options, that were chosen from what the app offered. @param {HTMLInputElement} control */
export function chosen(control) {
  const option = (/** @type {string} */ text, /** @type {string} */ value) => ({
    text: { type: "plain_text", text },
    value,
  });
  if (control.dataset.multiple !== "true") {
    return control.dataset.value ? option(control.value, control.dataset.value) : null;
  }
  const items = control.closest(".combobox")?.querySelectorAll(".chosen > li") ?? [];
  return [...items].map((item) => option(
    item.querySelector(".chosen-words")?.textContent ?? item.textContent ?? "",
    /** @type {HTMLElement} */ (item).dataset.value ?? "",
  ));
}

/**
 * What a view's inputs hold, by block and action.
 * @param {ParentNode} where
 */
export function valuesIn(where) {
  /** @type {Record<string, Record<string, unknown>>} */
  const values = {};
  for (const control of controlsIn(where)) {
    const { blockId = "", actionId = "" } = control.dataset;
    values[blockId] ??= {};
    values[blockId][actionId] = held(control, where);
  }
  return values;
}

/** Sends the files picked in a view's inputs, so that its values can name them. @param {ParentNode} where */
export async function shareFiles(where) {
  for (const control of controlsIn(where)) {
    if (!(control instanceof HTMLInputElement) || control.type !== "file") continue;
    if (!control.files?.length || shared.has(control)) continue;
    const ids = [];
    for (const file of control.files) ids.push(await share(file));
    shared.set(control, ids);
  }
}

/** Other files were picked: they are sent anew. @param {Control} control */
export const forgetFiles = (control) => shared.delete(control);

/** Sends one file; gives its id. @param {File} file @returns {Promise<string>} */
export async function share(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let from = 0; from < bytes.length; from += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  }
  return (await act("share", { name: file.name, content: btoa(binary) })).id;
}

/** @param {Control} control */
const keyOf = (control) => [
  control.dataset.blockId,
  control.dataset.actionId,
  control.dataset.type,
  control instanceof HTMLInputElement && /checkbox|radio/.test(control.type) ? control.value : "",
].join("\n");

/**
 * Carries what somebody entered over to a view that was drawn anew: where block, action and type
 * are the same, and only in what was touched.
 * @param {ParentNode} before
 * @param {ParentNode} after
 */
export function carryOver(before, after) {
  const old = new Map(controlsIn(before).map((control) => [keyOf(control), control]));
  for (const control of controlsIn(after)) {
    const earlier = old.get(keyOf(control));
    if (earlier?.dataset.touched) carry(earlier, control);
  }
}

/** @param {Control} from @param {Control} to */
function carry(from, to) {
  to.dataset.touched = "true";
  if (from instanceof HTMLSelectElement && to instanceof HTMLSelectElement) {
    const values = new Set([...from.selectedOptions].map((option) => option.value));
    for (const option of to.options) option.selected = values.has(option.value);
  } else if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
    if (from.type === "file") to.replaceWith(from);
    else if (/checkbox|radio/.test(from.type)) to.checked = from.checked;
    else if (from.getAttribute("role") === "combobox") carryChosen(from, to);
    else to.value = from.value;
  } else {
    to.value = from.value;
  }
}

/** @param {HTMLInputElement} from @param {HTMLInputElement} to */
function carryChosen(from, to) {
  to.value = from.value;
  if (from.dataset.value) to.dataset.value = from.dataset.value;
  else delete to.dataset.value;
  const items = from.closest(".combobox")?.querySelector(".chosen");
  const box = to.closest(".combobox");
  box?.querySelector(".chosen")?.remove();
  if (items) box?.prepend(items);
}

/** What somebody touched is theirs from then on. @param {Event} event */
export function touch(event) {
  const control = event.target;
  if (!(control instanceof HTMLElement) || !control.matches(CONTROLS)) return;
  const where = control.closest("dialog, [data-view], article") ?? document;
  const same = control instanceof HTMLInputElement && /checkbox|radio/.test(control.type)
    ? controlsIn(where).filter((each) => each.name === control.name) : [control];
  for (const each of same) each.dataset.touched = "true";
}
