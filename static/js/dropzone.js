// Files dropped on [data-dropzone] go into its file input; the form shows their names and sizes,
// and how much of an upload by htmx has left.

const UNITS = ["bytes", "KB", "MB", "GB"];

function size(bytes) {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount.toLocaleString(undefined, { maximumFractionDigits: unit > 1 ? 1 : 0 })} ${UNITS[unit]}`;
}

function listFiles(zone, input) {
  const list = zone.querySelector("[data-dropzone-files]");
  if (!list) {
    return;
  }
  list.replaceChildren(...[...input.files].map((file) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "truncate";
    name.textContent = file.name;
    const bytes = document.createElement("span");
    bytes.className = "muted nowrap";
    bytes.textContent = size(file.size);
    row.append(name, bytes);
    return row;
  }));
}

function showProgress(form, loaded, total) {
  const box = form.querySelector("[data-dropzone-progress]");
  if (!box) {
    return;
  }
  box.hidden = false;
  const bar = box.querySelector("progress");
  bar.max = total;
  bar.value = loaded;
  box.querySelector("[data-dropzone-sent]").textContent =
    loaded < total ? `${size(loaded)} of ${size(total)} sent` : "All sent. Reading it …";
}

function setUp(zone) {
  const input = zone.querySelector("input[type=file]");
  const form = zone.closest("form");
  let depth = 0;
  zone.dataset.ready = "yes";
  input.addEventListener("change", () => listFiles(zone, input));
  zone.addEventListener("dragenter", () => {
    depth += 1;
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => {
    depth -= 1;
    zone.classList.toggle("is-over", depth > 0);
  });
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    zone.classList.remove("is-over");
    if (!event.dataTransfer.files.length) {
      return;
    }
    const transfer = new DataTransfer();
    const files = [...event.dataTransfer.files];
    files.slice(0, input.multiple ? undefined : 1).forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("htmx:xhr:progress", (event) => {
    if (event.detail.lengthComputable) {
      showProgress(form, event.detail.loaded, event.detail.total);
    }
  });
  // A failed upload leaves the chosen files where they are, ready for another try.
  form.addEventListener("htmx:afterRequest", (event) => {
    const box = form.querySelector("[data-dropzone-progress]");
    if (box && !event.detail.successful) {
      box.hidden = true;
    }
  });
}

function setUpAll() {
  document.querySelectorAll("[data-dropzone]:not([data-ready])").forEach(setUp);
}

// A file dropped beside the zone must not replace the page.
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => {
    if (document.querySelector("[data-dropzone]")) {
      event.preventDefault();
    }
  });
}

document.addEventListener("htmx:load", setUpAll);
setUpAll();
