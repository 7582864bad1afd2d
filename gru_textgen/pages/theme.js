// Light and dark: the system's until one is chosen. The button names where it leads.

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () =>
  (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

// button: of the page. changed: called whenever the colours are others.
function themeButton(button, changed) {
  const dress = () => {
    button.textContent = isDark() ? "Light theme" : "Dark theme";
    changed();
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // A browser may keep nothing for pages from disk.
    }
    dress();
  });
  try {
    const kept = localStorage.getItem("theme");
    if (kept) document.documentElement.dataset.theme = kept;
  } catch {
    // As above.
  }
  system.addEventListener("change", dress);
  dress();
}
