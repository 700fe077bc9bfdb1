// Native dialogs. data-dialog-open="id" opens one, data-dialog-close closes the one around it,
// a <dialog data-dialog-auto> that htmx brings opens itself, and data-confirm="question" on a
// form or link, like hx-confirm, asks in #confirm. The focus goes back to where it came from.

const confirmation = document.getElementById("confirm");

function open(dialog) {
  const active = document.activeElement;
  // An item of a menu is gone when the dialog closes; its menu's button is not.
  const origin = active?.closest("details[data-menu]")?.querySelector("summary") ?? active;
  dialog.dispatchEvent(new CustomEvent("magpie:dialog-opens"));
  dialog.showModal();
  dialog.addEventListener("close", () => {
    const focused = document.activeElement;
    // This comes a moment after the dialog is gone: who has gone elsewhere by then, stays there.
    const isLost = !focused || focused === document.body || dialog.contains(focused);
    if (isLost && origin?.isConnected) {
      origin.focus();
    }
    if ("dialogAuto" in dialog.dataset) {
      dialog.remove();
    }
  }, { once: true });
}

function ask(question, label, proceed) {
  confirmation.querySelector("[data-confirm-question]").textContent = question;
  const yes = confirmation.querySelector("[data-confirm-yes]");
  yes.textContent = label ?? "Continue";
  const controller = new AbortController();
  yes.addEventListener("click", () => {
    confirmation.close();
    proceed();
  }, { signal: controller.signal });
  confirmation.addEventListener("close", () => controller.abort(), { once: true });
  open(confirmation);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.dialogOpen));
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    closer.closest("dialog").close();
    return;
  }
  // A press on the backdrop lands on the dialog itself, outside of its box.
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) {
      event.target.close();
    }
  }
});

// Of another script: detail is { question, label, proceed }.
document.addEventListener("magpie:ask", ({ detail }) => {
  ask(detail.question, detail.label, detail.proceed);
});

document.addEventListener("magpie:dialog", (event) => open(document.getElementById(event.detail)));

document.addEventListener("submit", (event) => {
  const asker = event.submitter?.closest("[data-confirm]") ?? event.target.closest("[data-confirm]");
  if (!asker || !confirmation || event.target.dataset.confirmed) {
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(asker.dataset.confirm, asker.dataset.confirmLabel, () => {
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.confirmed;
  });
}, true);

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question || !confirmation) {
    return;
  }
  event.preventDefault();
  const { confirmLabel } = event.detail.elt.dataset;
  ask(event.detail.question, confirmLabel, () => event.detail.issueRequest(true));
});

document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll("dialog[data-dialog-auto]:not([open])").forEach(open);
});
