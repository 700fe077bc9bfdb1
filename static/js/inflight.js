// What a page refreshes by itself does not take away a form or a link whose request is under way:
// htmx looks for the places of an answer around who asked, and finds none once that is gone; the
// toast would be lost, and the events in its headers. The next refresh brings what this one left.

const asking = new Set();
let answered = null;

const isAskedWithin = (place) =>
  [...asking].some((element) => element !== answered && place.contains(element));

document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr } }) => {
  asking.add(elt);
  xhr.addEventListener("loadend", () => asking.delete(elt));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  answered = detail.requestConfig.elt;
  if (answered === detail.target && isAskedWithin(detail.target)) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  // To the toasts one is added; none is taken away.
  if (detail.target.id !== "toasts" && isAskedWithin(detail.target)) {
    detail.shouldSwap = false;
  }
});
