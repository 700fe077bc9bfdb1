// The small window that saves what is looked at, and the bookmark that opens it.
//
//   [data-window]             Esc closes it, Ctrl-Enter saves
//   [data-window-close]       a button that closes it; both ask first where that loses words
//   [data-window-closes="4000"]  what htmx brings closes it after so many milliseconds, unless
//                             somebody reads on
//   [data-window-stays]       shown where the browser lets us close no window that it opened itself
//   [data-tag-choice="oak"]   puts a tag into the field before it
//   [data-bookmarklet]        a link to be dragged; pressed, it only says so

let timer = 0;
// Whether somebody has written into the form that is open.
let isWritten = false;

function closeWindow() {
  window.close();
  setTimeout(() => {
    document.querySelector("[data-window-stays]")?.removeAttribute("hidden");
  }, 300);
}

function leaveWindow() {
  const asks = isWritten && document.querySelector("form.capture");
  if (!asks) {
    closeWindow();
    return;
  }
  const detail = {
    question: "Close without saving? What you wrote is lost.",
    label: "Close",
    proceed: closeWindow,
  };
  document.dispatchEvent(new CustomEvent("magpie:ask", { detail }));
}

function startClosing(section) {
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(closeWindow, Number(section.dataset.windowCloses));
  };
  const hold = () => clearTimeout(timer);
  section.addEventListener("pointerenter", hold);
  section.addEventListener("pointerleave", wait);
  section.addEventListener("focusin", hold);
  section.addEventListener("focusout", wait);
  wait();
}

function look(root) {
  const section = root.querySelector?.("[data-window-closes]");
  if (section && !section.dataset.started) {
    section.dataset.started = "yes";
    startClosing(section);
  }
}

document.addEventListener("htmx:load", (event) => {
  if (document.querySelector("[data-window]")) {
    clearTimeout(timer);
    look(event.target.parentElement ?? document);
  }
});
look(document);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-window-close]")) {
    leaveWindow();
    return;
  }
  const tag = event.target.closest("[data-tag-choice]");
  if (tag) {
    const field = tag.closest(".field").querySelector("input");
    const kept = field.value.split(",").slice(0, -1).map((name) => name.trim());
    field.value = `${[...kept, tag.dataset.tagChoice].join(", ")}, `;
    tag.parentElement.replaceChildren();
    field.focus();
    return;
  }
  const bookmark = event.target.closest("[data-bookmarklet]");
  if (bookmark) {
    event.preventDefault();
    document.querySelector("[data-bookmarklet-help]").hidden = false;
  }
});

document.addEventListener("input", (event) => {
  isWritten ||= event.target.matches("form.capture .field :is(input, textarea)");
});

// Before the shortcuts of every page, which take Escape for a way out of what has the focus.
document.addEventListener("keydown", (event) => {
  // Escape within a composition gives up a word, not the window.
  if (!document.querySelector("[data-window]") || event.isComposing) {
    return;
  }
  if (event.key === "Escape" && !document.querySelector("dialog[open], details[data-menu][open]")) {
    event.preventDefault();
    event.stopPropagation();
    leaveWindow();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.closest("form.capture")?.requestSubmit();
  }
}, true);
