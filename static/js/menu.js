// <details data-menu>: one open at a time, closed by Escape or a press elsewhere, arrows inside;
// its panel stays within the window.

const ITEMS =
  ".menu__item:not([disabled]), .swatches__item, .menu__panel input:not([type=hidden])";
// Pixels: from the button, from the edge of the window, and what a list needs to be of use.
const GAP = 4;
const EDGE = 8;
const ENOUGH = 320;

function openMenus() {
  return document.querySelectorAll("details[data-menu][open]");
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    const inside = menu.contains(event.target);
    const chosen = inside && event.target.closest("a.menu__item, a.swatches__item, [data-dialog-open]");
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

// How far the panel must move sideways. Its offset, unlike its box, knows no animation.
function shiftOf(panel, start, width) {
  const left = start + panel.offsetLeft;
  const atMost = width - EDGE - panel.offsetWidth;
  return Math.round(Math.max(EDGE, Math.min(left, atMost)) - left);
}

// The side does not depend on what is listed: a list that narrows must not jump.
function place(menu) {
  const panel = menu.querySelector(".menu__panel");
  if (getComputedStyle(panel).position === "fixed") {
    panel.style.removeProperty("--menu-shift");
    delete panel.dataset.side;
    return;
  }
  const scroller = menu.closest(".overlay") ?? document.documentElement;
  // What stands at the window's edges, the header for one, is left free in scrolling, too.
  const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(scroller);
  const button = menu.getBoundingClientRect();
  const above = button.top - GAP - Math.max(EDGE, parseFloat(scrollPaddingTop) || 0);
  const below = innerHeight - button.bottom - GAP - Math.max(EDGE, parseFloat(scrollPaddingBottom) || 0);
  const side = below >= ENOUGH || below >= above ? "below" : "above";
  panel.dataset.side = side;
  panel.style.setProperty("--menu-room", `${Math.floor(side === "below" ? below : above)}px`);
  // The gutter of a scrollbar counts as the window's, yet nothing is painted there.
  const { clientWidth } = scroller === document.documentElement ? document.body : scroller;
  panel.style.setProperty("--menu-shift", `${shiftOf(panel, button.left, clientWidth)}px`);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const menu = target.closest("details[data-menu][open]");
    if (menu) {
      place(menu);
    }
  }
});

function follow(menu) {
  const { top, bottom } = menu.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) {
    menu.scrollIntoView({ block: "nearest" });
  }
  place(menu);
  sizes.observe(menu.querySelector(".menu__panel"));
}

// "toggle" does not bubble. This comes before picker.js gives the focus, which would scroll to it.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("details[data-menu]")) {
    return;
  }
  if (menu.open) {
    follow(menu);
  } else {
    sizes.unobserve(menu.querySelector(".menu__panel"));
  }
}, true);

// Of several with the same name each has an id.
const nameOf = (menu) => menu.id || menu.querySelector("summary").textContent.trim();

// In [data-keeps-menu], what comes anew by itself shuts no menu under the hands of its reader.
function keepMenu({ type, detail: { target, shouldSwap } }) {
  const open = target.querySelector("details[data-menu][open]");
  if (!open || !shouldSwap || !target.matches("[data-keeps-menu]")) {
    return;
  }
  const name = nameOf(open);
  const focused = open.contains(document.activeElement) && document.activeElement.id;
  const reopen = () => {
    // Of what takes its own place, another one is there now.
    const fresh = target.isConnected ? target : document.getElementById(target.id);
    const menus = [...(fresh?.querySelectorAll("details[data-menu]") ?? [])];
    menus.filter((menu) => nameOf(menu) === name).forEach((menu) => { menu.open = true; });
    if (focused) {
      document.getElementById(focused)?.focus();
    }
  };
  const after = type === "htmx:oobBeforeSwap" ? "htmx:oobAfterSwap" : "htmx:afterSwap";
  document.addEventListener(after, reopen, { once: true });
}

document.addEventListener("htmx:beforeSwap", keepMenu);
document.addEventListener("htmx:oobBeforeSwap", keepMenu);

window.addEventListener("resize", () => openMenus().forEach(place));
openMenus().forEach(follow);
