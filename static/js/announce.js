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

// A request that failed must not fail in silence.
function reportFailure(message) {
  document.dispatchEvent(
    new CustomEvent("magpie:toast", { detail: { message, level: "error" } }),
  );
}

document.addEventListener("htmx:sendError", () => {
  reportFailure("No connection. Nothing was changed; try again in a moment.");
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 || status === 403) {
    reportFailure("That is not allowed, or you have been signed out. Reload the page to see.");
  } else if (status === 404) {
    reportFailure("It is not there any more. Reload the page to see what is.");
  } else if (status === 429) {
    reportFailure("Too many tries. Wait a moment, then try again.");
  } else {
    reportFailure("That did not work. Nothing was changed; please try again.");
  }
});
