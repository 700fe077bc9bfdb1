// What a page refreshes by itself takes nothing out of somebody's hands. While a form or a link in it
// is being pressed, or its request is under way, an answer is left: a press would be lost, and htmx
// looks for the places of an answer around who asked, and finds none once that is gone; the toast
// would be lost, and the events in its headers. It is asked for anew once that is over.
// What somebody pressed is always answered, whatever else is under way within it.

const asking = new Map();
const left = new Set();
// Answers that were under way when somebody changed what they are about.
const overtaken = new WeakSet();
let answered = null;
let pressed = null;

const isHeld = (place) =>
  place.contains(pressed) ||
  [...asking.values()].some((element) => ![answered, place].includes(element) && place.contains(element));

const isPress = ({ triggeringEvent }) => ["click", "submit"].includes(triggeringEvent?.type);

function askAnew() {
  for (const place of left) {
    if (!place.isConnected) {
      left.delete(place);
    } else if (!isHeld(place)) {
      left.delete(place);
      window.htmx.ajax("GET", place.getAttribute("hx-get"), { source: place });
    }
  }
}

document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  asking.set(xhr, elt);
  xhr.addEventListener("loadend", () => {
    asking.delete(xhr);
    answered = null;
    askAnew();
  });
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  answered = detail.requestConfig.elt;
  if (answered !== detail.target || isPress(detail.requestConfig)) {
    return;
  }
  if (overtaken.has(detail.xhr)) {
    // htmx has put the next request in line, and would forget it with who asks.
    detail.shouldSwap = false;
  } else if (isHeld(detail.target)) {
    detail.shouldSwap = false;
    left.add(detail.target);
  }
});

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  // To the toasts one is added; none is taken away.
  if (detail.target.id !== "toasts" && isHeld(detail.target)) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("magpie:sync-changed", () => {
  for (const [xhr, element] of asking) {
    if (element.matches("[hx-trigger*='magpie:sync-changed']")) {
      overtaken.add(xhr);
    }
  }
}, true);

document.addEventListener("pointerdown", (event) => {
  pressed = event.button === 0 ? event.target : null;
}, true);

function letGo() {
  pressed = null;
  // The click comes after this.
  setTimeout(askAnew);
}

for (const type of ["pointerup", "pointercancel", "blur"]) {
  window.addEventListener(type, letGo, true);
}
