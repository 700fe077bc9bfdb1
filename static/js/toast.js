// Toasts leave by themselves, errors stay. Server: {% include "components/toast.html" %} swapped
// out of band into #toasts, or HX-Trigger {"magpie:toast": {"message": "…", "level": "success"}}.

const STAY_MS = 10_000;
const STAY_WITH_UNDO_MS = 20_000;
const region = document.getElementById("toasts");

function leave(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 240);
}

function start(toast) {
  if (toast.dataset.started) {
    return;
  }
  toast.dataset.started = "yes";
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => leave(toast));
  if (toast.dataset.toast === "stays") {
    return;
  }
  const stay = toast.dataset.toast === "undo" ? STAY_WITH_UNDO_MS : STAY_MS;
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => leave(toast), stay);
  };
  const hold = () => clearTimeout(timer);
  // Whoever reads it or is about to press Undo is not hurried.
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", wait);
  wait();
}

function show({ message, value, href, label, beside, level = "" }) {
  const toast = document.createElement("div");
  toast.className = level ? `toast toast--${level}` : "toast";
  toast.role = level === "error" ? "alert" : "status";
  toast.dataset.toast = level === "error" ? "stays" : "";
  const text = document.createElement("p");
  text.className = "toast__text";
  text.textContent = message ?? value;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--small button--quiet";
  close.dataset.toastClose = "";
  close.textContent = "Dismiss";
  toast.append(text);
  if (href) {
    const link = document.createElement("a");
    link.className = "button button--small";
    link.href = href;
    link.textContent = label;
    if (beside) {
      link.target = "_blank";
      link.rel = "noopener";
    }
    toast.append(link);
  }
  toast.append(close);
  region.append(toast);
}

if (region) {
  new MutationObserver(() => {
    region.querySelectorAll("[data-toast]").forEach(start);
  }).observe(region, { childList: true });
  region.querySelectorAll("[data-toast]").forEach(start);
  document.addEventListener("magpie:toast", (event) => show(event.detail));
}
