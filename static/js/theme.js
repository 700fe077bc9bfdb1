// The colours of the page: as the system, light or dark. The cookie lets the server write
// data-theme on <html>, so that the next page comes in the right colours at once.

const YEAR_S = 365 * 24 * 3600;
const root = document.documentElement;

function choose(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = theme === "system" ? 0 : YEAR_S;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax${secure}`;
  if (theme === "system") {
    delete root.dataset.theme;
  } else {
    root.dataset.theme = theme;
  }
}

for (const group of document.querySelectorAll("[data-theme-switch]")) {
  const current = root.dataset.theme ?? "system";
  for (const input of group.querySelectorAll("input")) {
    input.checked = input.value === current;
  }
  group.addEventListener("change", (event) => choose(event.target.value));
}
