// @ts-check
// Loaded before anything is drawn, so that the page never shows the other theme first.
(() => {
  const kept = localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
