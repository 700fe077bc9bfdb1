// Keeps the address of the server, on this machine alone.

import { serverAddress } from "./capture.js";

const form = document.getElementById("form");
const field = document.getElementById("server");
const said = document.getElementById("said");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const address = serverAddress(field.value);
  said.className = address ? "" : "is-wrong";
  field.setAttribute("aria-invalid", String(!address));
  if (!address) {
    said.textContent = "That is no address of a server. It begins with https://.";
    return;
  }
  await chrome.storage.local.set({ server: address });
  field.value = address;
  said.textContent = `Saved. What you save goes to ${address} from here on.`;
});

// Behind the rest: who presses before it is known is heard all the same.
const { server = "" } = await chrome.storage.local.get("server");
field.value ||= server;
