// <details data-menu>: one open at a time, closed by Escape or a press elsewhere, arrows inside.

const ITEMS = ".menu__item:not([disabled]), .menu__panel input";

function openMenus() {
  return document.querySelectorAll("details[data-menu][open]");
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    const inside = menu.contains(event.target);
    const chosen = inside && event.target.closest("a.menu__item, [data-dialog-open]");
    if (!inside || chosen) {
      menu.open = false;
    }
  }
});

// Leaving with Tab closes what was left.
document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details[data-menu]");
  if (!menu) {
    return;
  }
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.matches("input, select, textarea")) {
    return;
  }
  menu.open = true;
  const items = [...menu.querySelectorAll(ITEMS)];
  const at = items.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
  items[(next + items.length) % items.length]?.focus();
  event.preventDefault();
  event.stopPropagation();
}, true);
