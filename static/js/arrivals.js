// Pictures that arrive while one looks at the wall. The line that says how many are still to come
// ([data-arrivals]) asks again and again; it is told here which cards of the wall wait, and what
// has come for them takes the place of their rooms, and no more room than they had.

// As many as the server looks at in one answer (media/views/library.py).
const MOST = 60;

const distance = (frame) => {
  const box = frame.getBoundingClientRect();
  return Math.abs((box.top + box.bottom) / 2 - window.innerHeight / 2);
};

// Those in the window first.
function waiting() {
  return [...document.querySelectorAll("[data-grid] [data-waiting]")]
    .map((frame) => [distance(frame), frame.dataset.waiting])
    .sort(([a], [b]) => a - b)
    .slice(0, MOST)
    .map(([, id]) => id);
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.matches("[data-arrivals]")) {
    event.detail.parameters.ids = waiting();
  }
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (!target.matches("[data-waiting]")) {
    return;
  }
  const frame = fragment.firstElementChild;
  frame.style.setProperty("--card-held", `${target.offsetHeight}px`);
  frame.classList.add("is-held");
});
