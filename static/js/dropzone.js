// Files dropped on [data-dropzone] go into its file input; the form shows their names and sizes,
// and how much of an upload by htmx has left. data-dropzone="page" takes what is dropped anywhere,
// and pictures that are pasted; data-dropzone-sends sends at once, one lot after the other, and
// keeps what did not get through in [data-dropzone-missed] for another try; of a folder it takes the
// pictures that are in it, at any depth.

const UNITS = ["bytes", "KB", "MB", "GB"];
// What goes in one request; the server takes 500 files, and what is lost is sent anew as a whole.
const LOT_FILES = 100;
const LOT_BYTES = 250_000_000;
// A picture of this very page that is dragged is a file to some browsers.
let isOurs = false;

const hasFiles = (event) => !isOurs && event.dataTransfer.types.includes("Files");

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
  const sent = loaded < total ? `${size(loaded)} of ${size(total)} sent` : "All sent. Reading it …";
  box.querySelector("[data-dropzone-sent]").textContent = `${form.dataset.part ?? ""}${sent}`;
}

function put(input, files) {
  const transfer = new DataTransfer();
  files.slice(0, input.multiple ? undefined : 1).forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function lotsOf(files) {
  const lots = [];
  let bytes = Infinity;
  for (const file of files) {
    bytes += file.size;
    if (bytes > LOT_BYTES || lots.at(-1).length >= LOT_FILES) {
      lots.push([]);
      bytes = file.size;
    }
    lots.at(-1).push(file);
  }
  return lots;
}

// Says what did not get through; returns how to be told of it.
function keeper(form, input, take) {
  const box = form.querySelector("[data-dropzone-missed]");
  let missed = [];
  const show = () => {
    box.hidden = !missed.length;
    box.querySelector("p").textContent =
      `${missed.length} picture${missed.length === 1 ? "" : "s"} did not get through.`;
  };
  const empty = () => {
    const files = missed;
    missed = [];
    show();
    input.focus();
    return files;
  };
  box.querySelector("[data-dropzone-again]").addEventListener("click", () => take(empty()));
  box.querySelector("[data-dropzone-leave]").addEventListener("click", empty);
  return (files) => {
    missed.push(...files);
    show();
  };
}

// What comes while a lot is on its way waits for its end.
function sender(form, input) {
  const waiting = [];
  let onItsWay = null;
  let part = 0;
  const sendNext = () => {
    onItsWay = waiting.shift();
    part += 1;
    const parts = part + waiting.length;
    form.dataset.part = parts > 1 ? `Part ${part} of ${parts}: ` : "";
    put(input, onItsWay);
    form.requestSubmit();
  };
  const take = (files) => {
    waiting.push(...lotsOf(files));
    if (!onItsWay && waiting.length) {
      sendNext();
    }
  };
  const keep = keeper(form, input, take);
  input.addEventListener("change", (event) => {
    if (event.isTrusted && input.files.length) {
      take([...input.files]);
    }
  });
  form.addEventListener("htmx:afterRequest", ({ target, detail: { successful, xhr } }) => {
    if (target !== form) {
      return;
    }
    // What is refused with a reason would be refused again; what nobody answers needs no further
    // tries before somebody asks for them.
    if (!successful && xhr.status !== 422) {
      const isOver = xhr.status < 500;
      keep([onItsWay, ...(isOver ? waiting.splice(0) : [])].flat());
    }
    onItsWay = null;
    // The same files can be chosen once more.
    input.value = "";
    if (waiting.length) {
      sendNext();
    } else {
      part = 0;
      form.querySelector("[data-dropzone-progress]").hidden = true;
    }
  });
  return take;
}

const toast = (detail) => document.dispatchEvent(new CustomEvent("magpie:toast", { detail }));
// What systems put beside pictures: .DS_Store, ._1.jpg, and at the top of a memory card .Trashes,
// which nobody may read.
const isPlain = ({ name }) => !name.startsWith(".");

async function filesWithin(entry) {
  if (entry.isFile) {
    return [await new Promise((done, fail) => entry.file(done, fail))];
  }
  const reader = entry.createReader();
  const files = [];
  // A hundred at a time; none once that was all.
  for (let some = null; !some || some.length;) {
    some = await new Promise((done, fail) => reader.readEntries(done, fail));
    files.push(...await Promise.all(some.filter(isPlain).map(filesWithin)));
  }
  return files.flat();
}

// A folder itself cannot be sent: the request would fail, with all that is in it.
async function takeFolders(entries, take) {
  try {
    const found = (await Promise.all(entries.map(filesWithin))).flat();
    const files = found.filter(isPlain);
    const pictures = files.filter((file) => file.type.startsWith("image/"));
    take(pictures);
    const others = files.length - pictures.length;
    if (others || !pictures.length) {
      const count = others === 1 ? "1 file that is no picture was" : `${others} files that are no pictures were`;
      toast({ message: pictures.length ? `${count} left out.` : "There is no picture in that folder." });
    }
  } catch {
    toast({ message: "That folder could not be read.", level: "error" });
  }
}

function foldersOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  return entries.some((entry) => entry.isDirectory) ? entries : null;
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
  const sends = "dropzoneSends" in zone.dataset;
  const take = sends ? sender(form, input) : (files) => put(input, files);
  let depth = 0;
  zone.dataset.ready = "yes";
  input.addEventListener("change", () => listFiles(zone, input));
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
  area.addEventListener("drop", (event) => {
    depth = 0;
    zone.classList.remove("is-over");
    if (!hasFiles(event)) {
      return;
    }
    const folders = sends && foldersOf(event.dataTransfer);
    if (folders) {
      takeFolders(folders, take);
    } else {
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

for (const [type, ours] of [["dragstart", true], ["dragend", false]]) {
  document.addEventListener(type, () => {
    isOurs = ours;
  });
}

// A file dropped beside the zone must not replace the page; words go where they are dropped.
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => {
    if (hasFiles(event) && document.querySelector("[data-dropzone]")) {
      event.preventDefault();
    }
  });
}

document.addEventListener("htmx:load", setUpAll);
setUpAll();
