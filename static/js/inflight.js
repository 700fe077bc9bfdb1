// What a page refreshes by itself does not take away a form or a link whose request is under way:
// htmx looks for the places of an answer around who asked, and finds none once that is gone; the
// toast would be lost, and the events in its headers. The next refresh brings what this one left.
// What somebody pressed is always answered, whatever else is under way within it.

const asking = new Map();
let answered = null;

const isAskedWithin = (place) =>
  [...asking.values()].some((element) => element !== answered && place.contains(element));

const isPressed = ({ triggeringEvent }) => ["click", "submit"].includes(triggeringEvent?.type);

document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  asking.set(xhr, elt);
  xhr.addEventListener("loadend", () => asking.delete(xhr));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  answered = detail.requestConfig.elt;
  const isRefresh = answered === detail.target && !isPressed(detail.requestConfig);
  if (isRefresh && isAskedWithin(detail.target)) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  // To the toasts one is added; none is taken away.
  if (detail.target.id !== "toasts" && isAskedWithin(detail.target)) {
    detail.shouldSwap = false;
  }
});
