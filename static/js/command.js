// The command box: Ctrl-K or ⌘K opens it, typing narrows what the server lists, arrows choose,
// Enter goes there. The focus stays in the field; the chosen one is its active descendant.

const dialog = document.getElementById("command");
const field = dialog?.querySelector("[data-command-field]");
let goesThere = false;

const list = () => dialog.querySelector("[role=listbox]");
const options = () => [...list().querySelectorAll("[role=option]")];
const chosen = () => list().querySelector("[aria-selected=true]");
const isUpToDate = () => list().dataset.typed === field.value.trim();

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (option) {
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  } else {
    field.removeAttribute("aria-activedescendant");
  }
}

function move(step) {
  const all = options();
  const at = all.indexOf(chosen());
  choose(all[(at + step + all.length) % all.length]);
}

function toggle() {
  if (dialog.open) {
    dialog.close();
  } else if (!document.querySelector("dialog:modal")) {
    document.dispatchEvent(new CustomEvent("magpie:dialog", { detail: dialog.id }));
  }
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      toggle();
    }
  });
  dialog.addEventListener("magpie:dialog-opens", () => {
    field.value = "";
    goesThere = false;
    window.htmx.trigger(field, "opened");
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      // Whoever types faster than the server answers gets what fits, not what stood there.
      goesThere = !isUpToDate();
      if (!goesThere) {
        chosen()?.click();
      }
    }
  });
  dialog.addEventListener("htmx:afterSwap", () => {
    choose(options()[0]);
    if (goesThere && isUpToDate()) {
      chosen()?.click();
    }
  });
}
