// The toolbar button saves the page, the menu of a picture saves that picture. Nothing of a page is
// read: the browser tells its address and title when one of the two is pressed.

import { captureAddress, HEIGHT_PX, serverAddress, WIDTH_PX } from "./capture.js";

const SAVE_PICTURE = "save-picture";

async function save(what, tab) {
  const { server = "" } = await chrome.storage.local.get("server");
  const known = serverAddress(server);
  if (!known) {
    await chrome.runtime.openOptionsPage();
    return;
  }
  const url = captureAddress(known, what);
  if (url) {
    await chrome.windows.create({ url, type: "popup", width: WIDTH_PX, height: HEIGHT_PX });
  } else if (tab) {
    // A page of the browser's own, a file, a picture that is written into its page. The sign goes
    // when the tab goes on.
    const title = "Only pages and pictures of the web can be saved.";
    await chrome.action.setBadgeText({ tabId: tab.id, text: "?" });
    await chrome.action.setTitle({ tabId: tab.id, title });
  }
}

chrome.runtime.onInstalled.addListener(({ reason }) => {
  chrome.contextMenus.create({
    id: SAVE_PICTURE,
    title: "Save this picture to Magpie",
    contexts: ["image"],
  });
  if (reason === "install") {
    chrome.runtime.openOptionsPage();
  }
});

chrome.action.onClicked.addListener((tab) => save({ url: tab.url, title: tab.title }, tab));

chrome.contextMenus.onClicked.addListener((info, tab) => {
  if (info.menuItemId === SAVE_PICTURE) {
    const { pageUrl, srcUrl, selectionText } = info;
    save({ url: pageUrl, picture: srcUrl, title: tab?.title, text: selectionText }, tab);
  }
});
