// Times as the reader's clock shows them: <time datetime="…" data-moment> comes in UTC and is
// written anew, today's without the day. The title stays as it came: exact, in UTC.

const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { ...CLOCK, day: "numeric", month: "short" };
const YEAR = { ...DAY, year: "numeric" };

function written(at, now) {
  if (at.toDateString() === now.toDateString()) {
    return at.toLocaleTimeString(undefined, CLOCK);
  }
  return at.toLocaleString(undefined, at.getFullYear() === now.getFullYear() ? DAY : YEAR);
}

function rewrite(root) {
  const now = new Date();
  root.querySelectorAll("time[data-moment]").forEach((time) => {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.textContent = written(at, now);
    }
  });
}

rewrite(document);
document.addEventListener("htmx:load", (event) => rewrite(event.detail.elt.parentNode ?? document));
