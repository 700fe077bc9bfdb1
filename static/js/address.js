// The field that takes the address of a page takes it from anywhere on its page: pasted beside every
// field, or dropped, as text of an address or as a link of another page.

// A link of this very page that is dragged means something else.
let isOurs = false;

const field = () => document.getElementById("scrape-url");
const isAddress = (text) => /^https?:\/\/\S+$/i.test(text);
const isTyping = (target) => target.matches?.("input, textarea, [contenteditable]");

function take(address) {
  field().value = address;
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").trim();
  if (field() && !isTyping(event.target) && isAddress(text)) {
    event.preventDefault();
    take(text);
  }
});

// What is dragged is told only when it is dropped; files are for dropzone.js, and words for the
// field that they are dropped on.
function mayBeTaken({ target, dataTransfer: { types } }) {
  const isWord = !types.includes("text/uri-list");
  return (
    field() &&
    !isOurs &&
    !types.includes("Files") &&
    (target === field() || (!isTyping(target) && !isWord))
  );
}

for (const [type, ours] of [["dragstart", true], ["dragend", false]]) {
  document.addEventListener(type, () => {
    isOurs = ours;
  });
}

document.addEventListener("dragover", (event) => {
  if (mayBeTaken(event)) {
    event.preventDefault();
  }
});

document.addEventListener("drop", (event) => {
  if (!mayBeTaken(event)) {
    return;
  }
  const links = event.dataTransfer.getData("text/uri-list").split(/\r?\n/);
  const address = [...links, event.dataTransfer.getData("text/plain").trim()].find(isAddress);
  if (address || links[0]) {
    event.preventDefault();
  }
  if (address) {
    take(address);
  }
});
