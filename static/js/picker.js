// Menus in which something is found by typing.
//
//   [data-narrow]          hides each [data-narrow-item] without the words of [data-narrow-input]
//   [data-picker-input]    Enter presses the [data-picker-submit] beside it
//   details[data-focus-inside]   opened, gives the focus to its first field
//   [data-details-close]   closes the <details> around it

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function narrow(input) {
  const wanted = fold(input.value.trim());
  for (const item of input.closest("[data-narrow]").querySelectorAll("[data-narrow-item]")) {
    item.hidden = !fold(item.textContent).includes(wanted);
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-narrow] [data-narrow-input]")) {
    narrow(event.target);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picker-input]")) {
    event.preventDefault();
    event.target.closest(".picker__entry").querySelector("[data-picker-submit]").click();
  }
});

function focusInside(details) {
  if (!details?.open || details.querySelector(":scope > :not(summary):focus-within")) {
    return;
  }
  const field = details.querySelector("input:not([type=hidden]), textarea");
  field?.focus();
  field?.select();
}

// "toggle" does not bubble.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-focus-inside]")) {
    focusInside(event.target);
  }
}, true);
// It comes late: what is typed right after a shortcut belongs in the field, too.
document.addEventListener("magpie:shortcut", (event) => {
  focusInside(event.target.closest("details[data-focus-inside]"));
});

document.addEventListener("click", (event) => {
  const details = event.target.closest("[data-details-close]")?.closest("details");
  if (details) {
    details.open = false;
    details.querySelector("summary").focus();
  }
});

// What was sent from a menu closes it.
document.addEventListener("htmx:afterRequest", (event) => {
  const menu = event.detail.elt.closest?.("details[data-menu]");
  if (menu && event.detail.successful && event.detail.requestConfig.verb === "post") {
    menu.open = false;
    menu.querySelectorAll("[data-picker-input]").forEach((input) => {
      input.value = "";
    });
  }
});
