// Says a sentence to screen readers: dispatch "magpie:announce" with the sentence as detail,
// from a script or from the server (HX-Trigger: {"magpie:announce": {"value": "…"}}).

const region = document.getElementById("announcer");
let pending = 0;

document.addEventListener("magpie:announce", (event) => {
  const sentence = typeof event.detail === "string" ? event.detail : event.detail?.value;
  if (!region || !sentence) {
    return;
  }
  // Emptied first, so that the same sentence is said again.
  region.textContent = "";
  clearTimeout(pending);
  pending = setTimeout(() => {
    region.textContent = sentence;
  }, 80);
});

// A request that failed must not fail in silence. What a page asks for again and again by itself is
// told of once, however many places ask, and only until it gets through; of what is gone it asks no
// more.
const told = new WeakMap();
const gone = new WeakSet();
const asksAgain = (element) => element.matches("[hx-trigger*='every ']");
const toastsWith = (message) =>
  [...document.querySelectorAll("#toasts > .toast--error")].filter(
    (toast) => toast.querySelector(".toast__text")?.textContent === message,
  );

function takeBack(elt) {
  if (told.has(elt)) {
    toastsWith(told.get(elt)).forEach((toast) => toast.remove());
    told.delete(elt);
  }
}

function reportFailure(elt, message) {
  if (asksAgain(elt)) {
    if (told.get(elt) === message) {
      return;
    }
    takeBack(elt);
    told.set(elt, message);
    if (toastsWith(message).length) {
      return;
    }
  }
  document.dispatchEvent(
    new CustomEvent("magpie:toast", { detail: { message, level: "error" } }),
  );
}

document.addEventListener("htmx:sendError", ({ detail: { requestConfig: { elt } } }) => {
  const next = asksAgain(elt)
    ? "This page follows again once there is one."
    : "Nothing was changed; try again in a moment.";
  reportFailure(elt, `No connection. ${next}`);
});

// The session has ended: the page says so once, asks for nothing by itself any more, and stays as it
// is, with what somebody has written into it.
let isSignedOut = false;

document.addEventListener("magpie:signed-out", (event) => {
  const { message, href, label } = event.detail;
  isSignedOut = true;
  if (!document.querySelector(`#toasts a[href="${CSS.escape(href)}"]`)) {
    // Beside this page, which keeps what is written on it.
    const detail = { message, href, label, level: "error", beside: true };
    document.dispatchEvent(new CustomEvent("magpie:toast", { detail }));
  }
});

// Somebody has signed in anew beside this page: what it was opened with is no good any more.
document.addEventListener("magpie:fresh-token", (event) => {
  const { message, token } = event.detail;
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    field.value = token;
  }
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
  document.querySelectorAll("#toasts a[target=_blank]").forEach((link) => link.parentElement.remove());
  document.dispatchEvent(new CustomEvent("magpie:toast", { detail: { message } }));
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (gone.has(event.detail.elt)) {
    event.preventDefault();
  }
  // What people do is asked for all the same: they may have signed in on another page.
  if (isSignedOut && !event.detail.requestConfig.triggeringEvent?.isTrusted) {
    event.preventDefault();
  }
});

// Whoever has signed in again is followed again.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) {
    takeBack(event.detail.requestConfig.elt);
    isSignedOut = false;
  }
});

function sentenceOf(status, isAskedAgain) {
  if (status === 403) {
    return "That is not allowed, or you have been signed out. Reload the page to see.";
  }
  if (status === 404) {
    return "It is not there any more. Reload the page to see what is.";
  }
  if (isAskedAgain) {
    return "This page is not up to date. It tries again by itself.";
  }
  return status === 429
    ? "Too many tries. Wait a moment, then try again."
    : "That did not work. Nothing was changed; please try again.";
}

document.addEventListener("htmx:responseError", ({ detail: { xhr, requestConfig: { elt } } }) => {
  // It brings its own sentence.
  const isStale = xhr.getResponseHeader("HX-Trigger")?.includes("magpie:fresh-token");
  if (xhr.status === 401 || isStale) {
    return;
  }
  reportFailure(elt, sentenceOf(xhr.status, asksAgain(elt)));
  if (xhr.status === 404 && asksAgain(elt)) {
    gone.add(elt);
  }
});
