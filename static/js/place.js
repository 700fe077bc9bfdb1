// The place of the keyboard in the grid: the item that had the focus last. When what had the focus
// goes (a menu that closes, a card that leaves, a part that is swapped), the focus returns to that
// item, or to its neighbour when it is gone itself, so that arrows go on from there.

let place = "";
let order = [];

const items = () => [...document.querySelectorAll("[data-grid] [data-item]")];
const handle = (item) => item?.querySelector("[data-item-link], .card__link, a, button");
const isLost = () => !document.activeElement || document.activeElement === document.body;

function remember() {
  // The viewer may have gone on from the card that opened it.
  const asset = document.querySelector("[data-viewer]")?.dataset.asset;
  place = asset ? `asset-${asset}` : place;
  order = items().map((item) => item.id);
}

// Of those that were there, the nearest behind that still is, else the nearest before.
function survivor() {
  const at = order.indexOf(place);
  const near = at < 0 ? order : [...order.slice(at), ...order.slice(0, at).reverse()];
  return near.map((id) => document.getElementById(id)).find(Boolean);
}

function giveBack() {
  const item = document.getElementById(place) ?? survivor();
  place = item?.id ?? place;
  const target = handle(item) ?? document.getElementById("main");
  target.focus({ preventScroll: true });
  item?.scrollIntoView({ block: "nearest" });
}

// ── In the wall ──────────────────────────────────────────────────────────────────────────
document.addEventListener("focusin", (event) => {
  const item = event.target.closest?.("[data-grid] [data-item]");
  place = item?.id || place;
});

let hadFocus = false;

function beforeCardsLeave() {
  remember();
  hadFocus = Boolean(document.activeElement?.closest("#main [data-item], [data-selection]"));
}

function afterCardsLeft() {
  if (hadFocus && isLost()) {
    giveBack();
  }
  hadFocus = false;
}

// While it captures, before selection.js takes the cards away.
document.addEventListener("magpie:removed", beforeCardsLeave, true);
document.addEventListener("magpie:wall-leaves", beforeCardsLeave);
document.addEventListener("magpie:grid", afterCardsLeft);
document.addEventListener("magpie:wall", afterCardsLeft);
document.addEventListener("magpie:focus-lost", giveBack);

// What was sent from the bar of the selection closes its menu, or the bar.
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, requestConfig } = event.detail;
  const isSent = successful && requestConfig.verb === "post" && elt.closest?.("[data-selection]");
  if (isSent && (isLost() || document.activeElement.closest("[data-selection]"))) {
    giveBack();
  }
});

// ── In the viewer ────────────────────────────────────────────────────────────────────────
let opener = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const side = event.detail.target;
  if (side.id === "asset-side") {
    const active = document.activeElement;
    opener = side.contains(active)
      ? (active.closest("details")?.querySelector("summary").dataset.shortcut ?? "")
      : null;
  }
});

document.addEventListener("htmx:afterSwap", () => {
  const side = document.getElementById("asset-side");
  if (opener === null || !side || !isLost()) {
    return;
  }
  const target =
    side.querySelector("[aria-invalid=true]") ??
    side.querySelector(`summary[data-shortcut="${CSS.escape(opener)}"]`) ??
    side.closest("#overlay, #main");
  opener = null;
  target.focus({ preventScroll: true });
});
