// The focus does not fall back to the page when an answer of htmx takes away what has it. It goes to
// the element that [data-focus-home] around it names by its id; where all of that is gone, too, to
// that of the place after it or before it.

let last = null;
let homes = [];

const isLost = () => !document.activeElement || document.activeElement === document.body;
// What is disabled or hidden loses the focus before its place is drawn anew. What is there still has
// been left by somebody.
const wasTaken = (element) =>
  element && !(element.isConnected && !element.disabled && element.checkVisibility());

document.addEventListener("focusin", (event) => {
  last = event.target;
});

document.addEventListener("htmx:beforeSwap", () => {
  const place = !isLost() || wasTaken(last) ? last?.closest("[data-focus-home]") : null;
  const around = place ? [place, place.nextElementSibling, place.previousElementSibling] : [];
  homes = around.map((each) => each?.dataset.focusHome).filter(Boolean);
});

document.addEventListener("htmx:afterSettle", () => {
  if (isLost()) {
    homes.map((id) => document.getElementById(id)).find(Boolean)?.focus();
    last = document.activeElement;
  }
  homes = [];
});
