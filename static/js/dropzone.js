// Files dropped on [data-dropzone] go into its file input; the form shows their names and sizes,
// and how much of an upload by htmx has left. data-dropzone="page" takes what is dropped anywhere,
// and pictures that are pasted; data-dropzone-sends sends at once, one lot after the other.

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

function put(input, files) {
  const transfer = new DataTransfer();
  files.slice(0, input.multiple ? undefined : 1).forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// What comes while a lot is on its way waits for its end.
function sender(form, input) {
  const waiting = [];
  let isSending = false;
  const send = (files) => {
    isSending = true;
    put(input, files);
    form.requestSubmit();
  };
  input.addEventListener("change", (event) => {
    if (event.isTrusted && input.files.length) {
      take([...input.files]);
    }
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) {
      return;
    }
    isSending = false;
    if (waiting.length) {
      send(waiting.shift());
    } else if (event.detail.successful) {
      form.querySelector("[data-dropzone-progress]").hidden = true;
      input.value = "";
    }
  });
  const take = (files) => {
    if (isSending) {
      waiting.push(files);
    } else {
      send(files);
    }
  };
  return take;
}

function onPaste(event, take) {
  const pictures = [...event.clipboardData.files];
  if (pictures.length) {
    event.preventDefault();
    take(pictures);
  }
}

function setUp(zone) {
  const input = zone.querySelector("input[type=file]");
  const form = zone.closest("form");
  const isPage = zone.dataset.dropzone === "page";
  const area = isPage ? document : zone;
  const take = "dropzoneSends" in zone.dataset ? sender(form, input) : (files) => put(input, files);
  let depth = 0;
  zone.dataset.ready = "yes";
  input.addEventListener("change", () => listFiles(zone, input));
  const hasFiles = (event) => !isPage || event.dataTransfer.types.includes("Files");
  area.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) {
      depth += 1;
      zone.classList.add("is-over");
    }
  });
  area.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) {
      depth = Math.max(depth - 1, 0);
      zone.classList.toggle("is-over", depth > 0);
    }
  });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    zone.classList.remove("is-over");
    if (event.dataTransfer.files.length) {
      take([...event.dataTransfer.files]);
    }
  });
  if (isPage) {
    document.addEventListener("paste", (event) => onPaste(event, take));
  }
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
