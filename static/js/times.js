// Times as the reader's clock shows them: <time datetime="…" data-moment> comes in UTC and is
// written anew, today's without the day. The title stays as it came: exact, in UTC.
// <time data-ago="95"> tells how many seconds old something was when it came, and grows old with
// the page: what is refreshed beside it would contradict it. Where changes are read aloud it stays.

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

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];
const RELATIVE = new Intl.RelativeTimeFormat("en");
const OFTEN_MS = 15_000;
// When things were, by the reader's clock, be it right or wrong.
const born = new WeakMap();

function writtenAge(age_s) {
  const [unit, length_s] = UNITS.find(([, least_s]) => age_s >= least_s) ?? [];
  return unit ? RELATIVE.format(-Math.floor(age_s / length_s), unit) : "just now";
}

function rewriteAges() {
  const now = Date.now();
  document.querySelectorAll("time[data-ago]:not([role=status] *)").forEach((time) => {
    if (!born.has(time)) {
      born.set(time, now - Number(time.dataset.ago) * 1000);
    }
    const age = writtenAge((now - born.get(time)) / 1000);
    // Written anew, it would fall out of what somebody has marked.
    if (time.textContent !== age) {
      time.textContent = age;
    }
  });
}

rewrite(document);
rewriteAges();
setInterval(rewriteAges, OFTEN_MS);
document.addEventListener("htmx:load", (event) => {
  rewrite(event.detail.elt.parentNode ?? document);
  rewriteAges();
});
