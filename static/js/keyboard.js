// Shortcuts. Elements name theirs in data-shortcut ("e", "g b") with data-shortcut-label; the
// grid's and the viewer's own are below. Off while typing; "?" lists those of this page.

const SEQUENCE_MS = 1200;
// Go to, select, view: a letter follows.
const PREFIXES = ["g", "*", "v"];
const COMMAND_KEY = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
let prefix = "";
let prefixTimer = 0;

const GRID_KEYS = [
  ["Into the grid", ["←", "→"]],
  ["Move in the grid", ["←", "↑", "↓", "→"]],
  ["Move (left, down, up, right)", ["h", "j", "k", "l"]],
  ["Open", ["Enter", "o"]],
  ["First, last in the grid", ["Home", "End"]],
];
const SELECT_KEYS = [
  ["Select or unselect", ["x"]],
  ["Select from the last one to here", ["Shift", "x"]],
  ["Select all that match", ["*", "a"]],
  ["Select none", ["*", "n"]],
];

const find = (selector) => document.querySelector(selector);
const shown = (element) =>
  element && !element.closest("[hidden], [inert]") && element.checkVisibility();
// Under the open viewer the grid rests.
const grid = () => find("[data-grid]:not([inert] *)");
const items = () => [...(grid()?.querySelectorAll("[data-item]") ?? [])];
const handle = (item) => item.querySelector("[data-item-link], .card__link, a, button") ?? item;
const current = () => document.activeElement?.closest?.("[data-grid] [data-item]");

function isTyping(target) {
  return (
    target.isContentEditable ||
    (target.matches("input, textarea, select") &&
      !target.matches("[type=checkbox], [type=radio], [type=button], [type=submit]"))
  );
}

// One stop of the Tab key for the whole grid: the item that had the focus last, and what it has
// beside its own link, [data-item-also].
function rove(item) {
  for (const each of grid().querySelectorAll("[data-item] :is(a, button, input):not([tabindex='-1'])")) {
    each.tabIndex = -1;
  }
  for (const each of [handle(item), ...item.querySelectorAll("[data-item-also]")]) {
    each.tabIndex = 0;
  }
}

function focusItem(item) {
  if (!item) {
    return;
  }
  rove(item);
  handle(item).focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  const list = items();
  if (list.indexOf(item) >= list.length - 12) {
    document.dispatchEvent(new CustomEvent("magpie:more"));
  }
}

// The nearest item of the same column above or below; of the neighbouring column beside.
function neighbour(from, direction) {
  const list = items();
  const at = list.indexOf(from);
  const box = from.getBoundingClientRect();
  const middle = (r) => r.left + r.width / 2;
  if (grid().hasAttribute("data-list") || direction === "left" || direction === "right") {
    const forward = direction === "right" || direction === "down";
    return list[at + (forward ? 1 : -1)];
  }
  let best = null;
  let distance = Infinity;
  for (const item of list) {
    const r = item.getBoundingClientRect();
    const below = direction === "down" ? r.top - box.bottom : box.top - r.bottom;
    if (Math.abs(middle(r) - middle(box)) < box.width / 2 && below > -1 && below < distance) {
      best = item;
      distance = below;
    }
  }
  return best;
}

function moveInGrid(direction) {
  const from = current();
  if (!from) {
    const inView = items().find((item) => item.getBoundingClientRect().bottom > 80);
    focusItem(grid().querySelector("[data-item]:has([tabindex='0'])") ?? inView);
    return;
  }
  focusItem(neighbour(from, direction));
}

// The main content has the focus once somebody skipped to it.
function nothingHasFocus() {
  const element = document.activeElement;
  return !element || element === document.body || element.id === "main";
}

const DIRECTIONS = {
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
  h: "left", l: "right", k: "up", j: "down",
};

function onGridKey(event) {
  const item = current();
  const direction = DIRECTIONS[event.key];
  // Letters always mean the grid. Bare ↑ and ↓ scroll the page until the grid has the focus; ← and
  // → scroll nothing, so they lead into it where nothing else has the focus.
  const isAside = direction === "left" || direction === "right";
  if (direction && (item || event.key.length === 1 || (isAside && nothingHasFocus()))) {
    moveInGrid(direction);
    return true;
  }
  if (!item) {
    return false;
  }
  if (event.key === "Home" || event.key === "End") {
    focusItem(items().at(event.key === "Home" ? 0 : -1));
    return true;
  }
  if (event.repeat) {
    return false;
  }
  if (event.key === "o") {
    handle(item).click();
    return true;
  }
  if (event.key.toLowerCase() === "x") {
    item.dispatchEvent(
      new CustomEvent("magpie:select", { bubbles: true, detail: { range: event.shiftKey } }),
    );
    return true;
  }
  return false;
}

function onViewerKey(event) {
  const step = { ArrowLeft: "[data-previous]", ArrowRight: "[data-next]", h: "[data-previous]", l: "[data-next]" };
  const link = step[event.key] && find(`[data-viewer] ${step[event.key]}`);
  link?.click();
  return Boolean(link);
}

// Escape, one layer at a time: the viewer, then the selection, then the focus.
function onEscape() {
  const back = find("[data-viewer] [data-back]");
  if (back) {
    back.click();
    return;
  }
  const unselect = new CustomEvent("magpie:select-none", { cancelable: true });
  if (document.dispatchEvent(unselect)) {
    document.activeElement?.blur();
  }
}

function shortcuts() {
  return [...document.querySelectorAll("[data-shortcut]")].filter(
    (each) => shown(each) || (each.matches("[data-shortcut-always]") && !each.closest("[inert]")),
  );
}

function listShortcuts() {
  const rows = [["Search", ["/"]]];
  if (find("#command")) {
    rows.push(["Go to, or search", [COMMAND_KEY, "K"]]);
  }
  if (grid()) {
    rows.push(...GRID_KEYS);
  }
  if (grid() && find("[data-selection]")) {
    rows.push(...SELECT_KEYS);
  }
  if (find("[data-viewer] :is([data-previous], [data-next])")) {
    rows.push(["Previous, next", ["←", "→"]]);
  }
  const seen = new Set();
  const ofSelection = grid() ? document.querySelectorAll("[data-selection] [data-shortcut]") : [];
  for (const element of [...ofSelection, ...shortcuts()]) {
    if (!seen.has(element.dataset.shortcut)) {
      seen.add(element.dataset.shortcut);
      const label = element.dataset.shortcutLabel ?? element.ariaLabel ?? element.textContent.trim();
      rows.push([label, element.dataset.shortcut.split(" ")]);
    }
  }
  rows.push(["Close, unselect, leave", ["Esc"]], ["This list", ["?"]]);
  find("[data-shortcuts-list]").replaceChildren(...rows.map(([label, keys]) => {
    const row = document.createElement("div");
    row.className = "shortcuts__row";
    const term = document.createElement("dt");
    term.textContent = label;
    const value = document.createElement("dd");
    for (const key of keys) {
      const cap = document.createElement("kbd");
      cap.className = "kbd";
      cap.textContent = key;
      value.append(cap);
    }
    row.append(term, value);
    return row;
  }));
}

// A key of the selection's bar, which shows with a selection, acts on the item at hand.
function selectCurrentFor(sequence) {
  const item = current();
  if (!item || !find(`[data-selection] [data-shortcut="${CSS.escape(sequence)}"]`)) {
    return false;
  }
  item.dispatchEvent(new CustomEvent("magpie:select", { bubbles: true, detail: {} }));
  return true;
}

function run(sequence) {
  if (sequence === "* a" || sequence === "* n") {
    const kind = sequence === "* a" ? "magpie:select-all" : "magpie:select-none";
    document.dispatchEvent(new CustomEvent(kind, { cancelable: true }));
    return true;
  }
  // The last one: of several toasts the newest takes the undo.
  const wanted = () => shortcuts().findLast((each) => each.dataset.shortcut === sequence);
  const element = wanted() ?? (selectCurrentFor(sequence) ? wanted() : null);
  if (element?.matches("textarea, input:not([type=radio], [type=checkbox])")) {
    element.select();
  } else {
    element?.click();
  }
  element?.dispatchEvent(new CustomEvent("magpie:shortcut", { bubbles: true }));
  return Boolean(element);
}

function onSequence(event) {
  // A key that is held down goes on moving, but answers a question, or takes back, once.
  if (event.repeat) {
    return false;
  }
  const sequence = prefix ? `${prefix} ${event.key}` : event.key;
  prefix = "";
  clearTimeout(prefixTimer);
  if (PREFIXES.includes(sequence)) {
    prefix = sequence;
    prefixTimer = setTimeout(() => {
      prefix = "";
    }, SEQUENCE_MS);
    return true;
  }
  return run(sequence);
}

document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  // Keys of a composition are the input method's own.
  if (event.defaultPrevented || event.isComposing || modified || find("dialog:modal") || find("[data-menu][open]")) {
    return;
  }
  if (isTyping(event.target)) {
    if (event.key === "Escape") {
      event.target.blur();
    }
    return;
  }
  let taken = true;
  if (event.key === "Escape") {
    onEscape();
  } else if (event.key === "/" && find("[data-search]")) {
    find("[data-search]").select();
  } else if (event.key === "?") {
    document.dispatchEvent(new CustomEvent("magpie:dialog", { detail: "shortcuts" }));
  } else {
    taken =
      (prefix && onSequence(event)) ||
      (grid() && onGridKey(event)) ||
      onViewerKey(event) ||
      onSequence(event);
  }
  if (taken) {
    event.preventDefault();
  }
});

// Held down, Enter would press a button or send a form again and again, thirty times a second.
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && !event.target.matches("textarea, [contenteditable]")) {
    event.preventDefault();
    // Nor do fields that press something themselves hear of it.
    event.stopPropagation();
  }
}, true);

find("#shortcuts")?.addEventListener("magpie:dialog-opens", listShortcuts);

function prepareGrid() {
  if (grid() && items().length) {
    rove(grid().querySelector("[data-item]:has([tabindex='0'])") ?? items()[0]);
  }
}

document.addEventListener("focusin", (event) => {
  const item = event.target.closest?.("[data-grid] [data-item]");
  if (item && event.target === handle(item)) {
    rove(item);
  }
});
document.addEventListener("magpie:grid", prepareGrid);
prepareGrid();
