// What the service worker and the options page share: the server's address, and the page to open.

export const WIDTH_PX = 480;
export const HEIGHT_PX = 680;
// The whole address must fit through every server on its way, once more inside of that of the
// sign-in.
const MOST_ENCODED = 3600;
const MOST_TITLE = 300;
const MOST_TEXT = 1200;

const isHere = ({ hostname }) => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);

// The address of a server as it is kept, or "" for what is none. Everything goes over HTTPS, but
// to this very machine, which has none where nobody says so.
export function serverAddress(text) {
  const typed = text.trim();
  const isWhole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed);
  let address;
  try {
    address = new URL(isWhole ? typed : `https://${typed}`);
    address = isWhole || !isHere(address) ? address : new URL(`http://${typed}`);
  } catch {
    return "";
  }
  if (address.protocol !== "https:" && !(address.protocol === "http:" && isHere(address))) {
    return "";
  }
  return address.username || address.password ? "" : address.origin;
}

// The address of the window that saves something; "" where there is nothing to save.
export function captureAddress(server, { url, picture, title, text }) {
  const isWeb = (address) => /^https?:\/\//i.test(address ?? "");
  const page = isWeb(url) ? url : "";
  // A picture that is written into its page has no address: those that the page has are shown
  // then, and the window says so.
  const shown = isWeb(picture) ? picture : "";
  if (!page && !shown) {
    return "";
  }
  const query = new URLSearchParams({ url: page || shown });
  if (page && shown && shown.length + page.length <= MOST_ENCODED / 2) {
    query.set("picture", shown);
  } else if (page && picture) {
    query.set("embedded", "1");
  }
  addWords(query, "title", title, MOST_TITLE);
  addWords(query, "text", text, MOST_TEXT);
  return `${server}/capture/?${query}`;
}

// Words are cut to what there is room for; addresses never are.
function addWords(query, name, words, most) {
  let signs = [...(words ?? "").trim()].slice(0, most);
  while (signs.length) {
    const longer = new URLSearchParams(query);
    longer.set(name, signs.join(""));
    if (longer.toString().length <= MOST_ENCODED) {
      query.set(name, signs.join(""));
      return;
    }
    signs = signs.slice(0, signs.length >> 1);
  }
}
