// The theme follows the system until somebody chooses light or dark; pressed again it goes on to the
// next. The choice is kept a year, and the server draws the page in it: nothing flashes.
const root = document.documentElement;
const NEXT = { system: "light", light: "dark", dark: "system" };
const YEAR_S = 31536000;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-toggle]");
  if (!button) return;
  const chosen = NEXT[root.dataset.theme ?? "system"];
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const kept_s = chosen === "system" ? 0 : YEAR_S;
  document.cookie = `theme=${chosen}; Path=/; Max-Age=${kept_s}; SameSite=Lax${secure}`;
  for (const words of button.querySelectorAll("[data-theme-is]")) {
    words.hidden = words.dataset.themeIs !== chosen;
  }
});
