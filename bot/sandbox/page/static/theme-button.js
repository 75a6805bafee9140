// @ts-check

/** Light, dark, or as the system has it: the button turns to the other one, and that is kept. */
export function watchTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  document.getElementById("theme-button")?.addEventListener("click", () => {
    const root = document.documentElement;
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
}
