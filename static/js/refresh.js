// A wall that a change has overtaken: on "magpie:wall-stale" (a script's, or HX-Trigger) the page
// is asked for anew and what is in <main> takes the place of what was, as many cards as there were
// and scrolled to the same one. grid.js, selection.js and place.js hear "magpie:wall-leaves" before
// and "magpie:wall" after. "magpie:library-behind" tells the walls of the organization that are
// open beside this page, in the same browser, that the library holds more than they show.

const main = document.getElementById("main");
// The list's own: under the open viewer the address is an asset's.
const address = location.href;
const HEADER_PX = 72;
let isStale = false;
let isAsking = false;

const cards = () => [...main.querySelectorAll("[data-masonry] > .card")];
// Nothing is taken from under the hands of somebody who chooses or types.
const isInUse = () =>
  main.querySelector("details[data-menu][open]") !== null ||
  document.activeElement?.matches("#main input[type=text]");

async function fetchMain() {
  const url = new URL(address);
  url.searchParams.set("count", Math.max(cards().length, 1));
  if (!cards().length) {
    url.searchParams.delete("count");
  }
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) {
    throw new Error(`The list answered ${answer.status}.`);
  }
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
}

// Cards from the first in sight on, with how far down they stand; none at the top of the page.
function inSight() {
  if (window.scrollY < 1) {
    return [];
  }
  return cards()
    .map((card) => [card.id, card.getBoundingClientRect()])
    .filter(([, box]) => box.bottom > HEADER_PX)
    .map(([id, box]) => [id, box.top]);
}

function replace(fresh) {
  const places = inSight();
  document.dispatchEvent(new CustomEvent("magpie:wall-leaves"));
  main.replaceChildren(...fresh.childNodes);
  window.htmx.process(main);
  document.dispatchEvent(new CustomEvent("magpie:wall"));
  const kept = places.find(([id]) => document.getElementById(id));
  if (kept) {
    window.scrollBy(0, document.getElementById(kept[0]).getBoundingClientRect().top - kept[1]);
  }
}

async function refresh() {
  if (!isStale || isAsking || isInUse()) {
    return;
  }
  isStale = false;
  isAsking = true;
  try {
    const fresh = await fetchMain();
    if (isInUse()) {
      isStale = true;
    } else if (!isStale) {
      replace(fresh);
    }
  } catch {
    const message = "The list could not be brought up to date. Reload the page to see it.";
    document.dispatchEvent(
      new CustomEvent("magpie:toast", { detail: { message, level: "error" } }),
    );
  }
  isAsking = false;
  // It became stale once more while the server answered.
  refresh();
}

const beside = new BroadcastChannel(`library:${location.pathname.split("/")[2]}`);
document.addEventListener("magpie:library-behind", () => beside.postMessage("behind"));

// Every page with a wall, be it empty, has a place for the viewer.
if (document.getElementById("overlay")) {
  document.addEventListener("magpie:wall-stale", () => {
    isStale = true;
    refresh();
  });
  beside.addEventListener("message", () => {
    document.dispatchEvent(new CustomEvent("magpie:wall-stale"));
    document.body.dispatchEvent(new CustomEvent("magpie:library-changed"));
  });
  // "toggle" does not bubble.
  document.addEventListener("toggle", refresh, true);
  document.addEventListener("focusout", () => setTimeout(refresh));
}
