// The viewer over the wall: a card opens in #overlay, the address follows, Back closes it, and
// the wall keeps its place. Without script, and on a reload, the same address is a page.

const overlay = document.getElementById("overlay");
const shell = document.querySelector(".shell");
const NEAR_THE_END = 12;
let titleBefore = document.title;
let shownId = "";

const isOpen = () => overlay && !overlay.hidden;
const viewer = () => overlay.querySelector("[data-viewer]");
const cardOf = (id) => document.getElementById(`asset-${id}`);

function open() {
  if (isOpen()) {
    return;
  }
  titleBefore = document.title;
  overlay.hidden = false;
  shell.inert = true;
  overlay.focus();
}

function close() {
  overlay.hidden = true;
  overlay.replaceChildren();
  shell.inert = false;
  document.title = titleBefore;
  const card = cardOf(shownId);
  if (!card) {
    document.dispatchEvent(new CustomEvent("magpie:focus-lost"));
    return;
  }
  card.scrollIntoView({ block: "nearest" });
  card.querySelector(".card__link")?.focus({ preventScroll: true });
}

// The wall loads on while one walks through it here.
function keepAhead() {
  const card = cardOf(shownId);
  const cards = [...document.querySelectorAll("[data-grid] > [data-item]")];
  if (card && cards.indexOf(card) >= cards.length - NEAR_THE_END) {
    document.dispatchEvent(new CustomEvent("magpie:more"));
  }
}

async function show(url) {
  overlay.setAttribute("aria-busy", "true");
  open();
  await window.htmx.ajax("GET", url, { target: overlay, swap: "innerHTML" });
  overlay.removeAttribute("aria-busy");
  const article = viewer();
  if (!article) {
    history.back();
    return;
  }
  shownId = article.dataset.asset;
  document.title = article.dataset.title;
  overlay.scrollTop = 0;
  // Whoever was quick to open a field keeps it.
  if (!overlay.contains(document.activeElement)) {
    overlay.focus();
  }
  document.dispatchEvent(new CustomEvent("magpie:announce", { detail: article.dataset.title }));
  keepAhead();
}

function isPlain(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

// While it captures, before grid.js looks at the same links.
function onClick(event) {
  if (!isPlain(event)) {
    return;
  }
  const within = event.target.closest("#overlay :is([data-back], [data-previous], [data-next], [data-picture])");
  if (!within) {
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (within.matches("[data-back]")) {
    history.back();
    return;
  }
  history.replaceState({ viewer: true }, "", within.href);
  show(within.href);
}

function onCard(event) {
  const link = event.target.closest("[data-masonry] .card__link");
  if (!link || event.defaultPrevented || !isPlain(event) || !window.htmx) {
    return;
  }
  event.preventDefault();
  history.pushState({ viewer: true }, "", link.href);
  show(link.href);
}

if (overlay) {
  document.addEventListener("click", onClick, true);
  document.addEventListener("click", onCard);
  // What was shown has left the list.
  document.addEventListener("magpie:viewer-done", () => {
    if (isOpen()) {
      history.back();
    }
  });
}

window.addEventListener("popstate", (event) => {
  if (!overlay) {
    return;
  }
  if (event.state?.viewer) {
    show(location.href);
  } else if (isOpen()) {
    close();
  }
});
