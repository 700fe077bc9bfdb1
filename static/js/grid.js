// The picture wall: places cards without a jump, fetches the next page early, and finds the
// place again on the way back. See docs/design-system.md for what the server gives.

const RESTORE_FETCHES = 20;
// Another one after each refresh (refresh.js); none on a page without cards.
let wall = document.querySelector("[data-masonry]");

// ── Placing ──────────────────────────────────────────────────────────────────────────────
const layout = { columns: 0, inline: 0, gap: 0, heights: [], placed: 0 };

function measureColumns() {
  // The style sheet decides the columns; the plain grid is the ruler.
  wall.classList.remove("is-placed");
  const style = getComputedStyle(wall);
  const tracks = style.gridTemplateColumns.split(" ").map(parseFloat);
  wall.classList.add("is-placed");
  return { columns: tracks.length, inline: tracks[0], gap: parseFloat(style.columnGap) };
}

function place(cards) {
  // Three passes, so that the browser lays out once: widths, then heights, then positions.
  wall.style.setProperty("--masonry-inline", `${layout.inline}px`);
  const heights = cards.map((card) => card.offsetHeight);
  cards.forEach((card, index) => {
    const column = layout.heights.indexOf(Math.min(...layout.heights));
    card.style.insetInlineStart = `${column * (layout.inline + layout.gap)}px`;
    card.style.insetBlockStart = `${layout.heights[column]}px`;
    card.style.containIntrinsicBlockSize = `${heights[index]}px`;
    card.dataset.placed = "";
    layout.heights[column] += heights[index] + layout.gap;
  });
  let end = Math.max(...layout.heights);
  const more = wall.querySelector(":scope > .more");
  if (more) {
    more.style.insetBlockStart = `${end}px`;
    end += more.offsetHeight;
  }
  wall.style.setProperty("--masonry-block", `${end}px`);
}

function placeAll() {
  const cards = [...wall.querySelectorAll(":scope > .card")];
  cards.forEach((card) => delete card.dataset.placed);
  layout.heights = new Array(layout.columns).fill(0);
  layout.placed = cards.length;
  place(cards);
}

function placeNew() {
  const cards = [...wall.querySelectorAll(":scope > .card")];
  const first = cards.findIndex((card) => !("placed" in card.dataset));
  const fresh = first < 0 ? [] : cards.slice(first);
  // Only additions at the end keep what stands; anything else starts over.
  const untouched = cards.length - fresh.length === layout.placed;
  if (untouched && fresh.every((card) => !("placed" in card.dataset))) {
    place(fresh);
  } else {
    placeAll();
  }
  layout.placed = cards.length;
  return fresh.length;
}

function resize() {
  if (!wall) {
    return;
  }
  const card = window.scrollY > 0 ? topCard() : null;
  const top = card?.getBoundingClientRect().top;
  const next = measureColumns();
  if (next.columns === layout.columns && Math.abs(next.inline - layout.inline) < 0.5) {
    return;
  }
  Object.assign(layout, next);
  // Room that was held for a picture (arrivals.js) had the old width.
  wall.querySelectorAll(".is-held").forEach((frame) => frame.classList.remove("is-held"));
  placeAll();
  // What one looks at stays where it is, however the others move.
  if (card) {
    window.scrollBy(0, card.getBoundingClientRect().top - top);
  }
}

// ── The next page ────────────────────────────────────────────────────────────────────────
const nextLink = () => wall?.querySelector(":scope > [data-more] a");

function fetchNext() {
  const link = nextLink();
  if (link && window.htmx) {
    window.htmx.trigger(link, "more");
  }
}

const near = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      fetchNext();
    }
  },
  { rootMargin: "0px 0px 200% 0px" },
);

function watchFoot() {
  near.disconnect();
  const foot = wall.querySelector(":scope > [data-more]");
  if (foot) {
    near.observe(foot);
  }
}

function sayHowMany() {
  const count = wall.querySelectorAll(":scope > .card").length;
  const all = Number(wall.dataset.total);
  const sentence = all ? `${count} of ${all.toLocaleString()} shown` : `${count} shown`;
  document.dispatchEvent(new CustomEvent("magpie:announce", { detail: sentence }));
}

// ── The way back ─────────────────────────────────────────────────────────────────────────
const RETURN = "grid:return";
const keyOf = ({ pathname, search }) => `grid:${pathname}${search}`;
// Of the list itself: under the open viewer (overlay.js) the address is an asset's.
const key = keyOf(location);

function topCard() {
  const line = 72;
  return [...wall.querySelectorAll(":scope > .card")].find((card) => {
    return card.getBoundingClientRect().bottom > line;
  });
}

function remember() {
  const card = !wall ? null : document.activeElement?.closest?.("[data-masonry] > .card") ?? topCard();
  if (!card || window.scrollY < 1) {
    sessionStorage.removeItem(key);
    return;
  }
  sessionStorage.setItem(key, JSON.stringify({
    id: card.id,
    top: card.getBoundingClientRect().top,
    count: wall.querySelectorAll(":scope > .card").length,
  }));
}

function returnTo(place) {
  const card = document.getElementById(place.id);
  if (!card) {
    return false;
  }
  window.scrollBy(0, card.getBoundingClientRect().top - place.top);
  return true;
}

function restore() {
  const [navigation] = performance.getEntriesByType("navigation");
  const stored = sessionStorage.getItem(key);
  // A form that was sent from here, and a viewer that was reloaded, lead back here: see below.
  const isReturn = sessionStorage.getItem(RETURN) === key;
  sessionStorage.removeItem(RETURN);
  if ((navigation?.type !== "back_forward" && !isReturn) || !stored) {
    return;
  }
  const place = JSON.parse(stored);
  history.scrollRestoration = "manual";
  if (returnTo(place)) {
    return;
  }
  // The card is on a later page: ask for as many cards as there were, in one answer.
  let left = RESTORE_FETCHES;
  const step = () => {
    if (!returnTo(place) && nextLink() && left > 0) {
      left -= 1;
      const link = nextLink();
      const missing = place.count - wall.querySelectorAll(":scope > .card").length;
      link.setAttribute("hx-vals", JSON.stringify({ count: Math.max(missing, 1) }));
      fetchNext();
    } else {
      document.removeEventListener("magpie:grid", step);
    }
  };
  document.addEventListener("magpie:grid", step);
  step();
}

// htmx tells of each element that it brought, one by one; they are placed together, and before
// the browser paints.
let awaited = false;

function onSwap() {
  if (awaited) {
    return;
  }
  awaited = true;
  queueMicrotask(() => {
    awaited = false;
    if (!wall?.isConnected) {
      return;
    }
    const added = placeNew();
    watchFoot();
    if (added) {
      sayHowMany();
    }
    document.dispatchEvent(new CustomEvent("magpie:grid"));
  });
}

function adopt() {
  wall = document.querySelector("[data-masonry]");
  if (wall) {
    Object.assign(layout, measureColumns());
    placeAll();
    watchFoot();
    document.dispatchEvent(new CustomEvent("magpie:grid"));
  } else {
    near.disconnect();
  }
}

function start() {
  if (wall) {
    Object.assign(layout, measureColumns());
    placeAll();
  }
  document.addEventListener("magpie:wall", adopt);
  new ResizeObserver(resize).observe(document.getElementById("main"));
  document.addEventListener("magpie:wall-size", resize);
  document.addEventListener("magpie:more", fetchNext);
  document.addEventListener("htmx:afterSwap", onSwap);
  document.addEventListener("magpie:grid-changed", onSwap);
  window.addEventListener("pagehide", remember);
  // Undo and its like answer with this page again.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post") {
      sessionStorage.setItem(RETURN, key);
    }
  });
  // htmx knows the links of the page from here on.
  document.addEventListener("DOMContentLoaded", () => {
    if (wall) {
      restore();
      watchFoot();
    }
  });
}

if (wall || document.getElementById("overlay")) {
  start();
}

// A link that closes the viewer goes back in history when the list is where one came from, so
// that the list is found as it was left; otherwise the list that it leads to looks up its place.
document.addEventListener("click", (event) => {
  const back = event.target.closest?.("[data-back]");
  if (!back || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const to = new URL(back.href);
  sessionStorage.setItem(RETURN, keyOf(to));
  const from = document.referrer ? new URL(document.referrer) : null;
  if (from?.origin === location.origin && from.pathname === to.pathname && history.length > 1) {
    event.preventDefault();
    history.back();
  }
});

// A viewer that was reloaded is a page: going back from it must bring the list, at its place.
window.addEventListener("popstate", () => {
  if (keyOf(location) !== key && !document.getElementById("overlay")) {
    sessionStorage.setItem(RETURN, keyOf(location));
    location.reload();
  }
});

// A page that the browser had kept stands where it was left already.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    sessionStorage.removeItem(RETURN);
  }
});
