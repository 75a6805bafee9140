// @ts-check
import { byId, hit, parsed } from "./dom.js";
import { at, fragment } from "./server.js";

/** The thread's pane: its links open it without leaving the page. */
export function watchThread() {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = hit(event, "a[data-thread]");
    const shut = hit(event, "#thread-close");
    if (!link && !shut) return;
    event.preventDefault();
    if (link instanceof HTMLElement) void openThread(link.dataset.thread ?? "");
    else closeThread();
  });
  addEventListener("popstate", () => void follow());
  document.addEventListener("keydown", (event) => {
    const inThread = document.activeElement?.closest("#thread");
    if (event.key === "Escape" && inThread && !event.defaultPrevented) closeThread();
  });
  if (!byId("thread").hidden) toTheEnd();
}

/** Opens a thread by its parent's ts. @param {string} ts */
export async function openThread(ts) {
  history.pushState(null, "", `${at}?thread=${ts}`);
  await show(ts);
  document.getElementById("reply-text")?.focus();
}

/** @param {string} ts */
async function show(ts) {
  const pane = byId("thread");
  pane.replaceChildren(parsed(await fragment(`${at}/thread/${ts}`)));
  pane.hidden = false;
  toTheEnd();
}

function toTheEnd() {
  const list = byId("thread").querySelector(".thread-messages");
  if (list) list.scrollTop = list.scrollHeight;
}

function closeThread() {
  const ts = byId("thread").querySelector(".thread-messages")?.id.replace("thread-", "");
  history.pushState(null, "", at);
  hide();
  const link = document.querySelector(`a[data-thread="${CSS.escape(ts ?? "")}"]`);
  const back = link ?? document.getElementById("composer-text");
  if (back instanceof HTMLElement) back.focus();
}

function hide() {
  byId("thread").hidden = true;
  byId("thread").replaceChildren();
}

async function follow() {
  const ts = new URLSearchParams(location.search).get("thread");
  if (ts) await show(ts);
  else hide();
}
