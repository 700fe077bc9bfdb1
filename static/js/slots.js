// Places for a question beside what it is about: a link with hx-target="#slot-…" fills one; an
// answer, Escape or [data-slot-close] empties it, and the focus goes back to the link, which may
// have been drawn anew meanwhile.

function leave(slot) {
  slot.replaceChildren();
  document.getElementById(slot.dataset.opener)?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest('[hx-target^="#slot-"]');
  if (opener) {
    document.querySelector(opener.getAttribute("hx-target")).dataset.opener = opener.id;
    return;
  }
  const closer = event.target.closest("[data-slot-close]");
  if (closer) {
    event.preventDefault();
    leave(closer.closest(".slot"));
  }
});

document.addEventListener("keydown", (event) => {
  const slot = event.key === "Escape" && event.target.closest?.(".slot");
  if (slot) {
    leave(slot);
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const slot = event.detail.target;
  if (!slot.matches(".slot")) {
    return;
  }
  if (slot.childElementCount) {
    slot.querySelector("[aria-invalid], input:not([type=hidden]), select, button")?.focus();
  } else {
    leave(slot);
  }
});
