// How large the cards of a wall are. The cookie lets the server write the class, so that the next
// page comes in the right size at once.

const YEAR_S = 365 * 24 * 3600;

document.addEventListener("change", (event) => {
  const group = event.target.closest("[data-wall-size]");
  if (!group) {
    return;
  }
  const size = event.target.value;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `wall=${size}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  for (const wall of document.querySelectorAll("[data-masonry]")) {
    wall.classList.toggle("masonry--small", size === "small");
    wall.classList.toggle("masonry--large", size === "large");
  }
  // grid.js places the cards anew.
  document.dispatchEvent(new CustomEvent("magpie:wall-size"));
});
