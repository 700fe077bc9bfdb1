// Selected cards of a grid and the bar that acts on them.
//
//   <form id="selection" data-selection="#grid" data-total="3412"> … </form>
//   <input type="checkbox" form="selection" name="ids" value="ID" data-select>  in each card
//
// The checkboxes are the form's own, so it works without script. With script the selection also
// outlives swaps: cards that left the page are kept as hidden inputs, and “select all that
// match” sends all=1 with the query instead of ids.

// Another one after each refresh (refresh.js).
let bar = document.querySelector("[data-selection]");
const selected = new Set();
let all = false;
let anchor = null;

const grid = () => bar && document.querySelector(bar.dataset.selection);
const boxes = () => [...(grid()?.querySelectorAll("input[data-select]") ?? [])];
const isActive = () => all || selected.size > 0;
const total = () => Number(bar?.dataset.total ?? 0);

function sentence() {
  const count = all ? total() : selected.size;
  return `${count.toLocaleString()} selected`;
}

function writeInputs() {
  const here = new Set(boxes().map((box) => box.value));
  const values = all ? [["all", "1"]] : [...selected].filter((id) => !here.has(id)).map((id) => ["ids", id]);
  bar.querySelector("[data-selection-inputs]").replaceChildren(...values.map(([name, value]) => {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    return input;
  }));
}

function show() {
  if (!bar) {
    return;
  }
  const active = isActive();
  for (const box of boxes()) {
    box.checked = all || selected.has(box.value);
  }
  grid().classList.toggle("is-selecting", active);
  bar.classList.toggle("is-active", active);
  bar.querySelector("[data-selection-count]").textContent = sentence();
  const matching = bar.querySelector("[data-select-all]");
  if (matching) {
    matching.hidden = all || selected.size >= total();
  }
  // A bar that stays has nothing to act on before something is selected.
  for (const button of bar.matches(".selection--stays") ? bar.querySelectorAll("[type=submit]") : []) {
    button.disabled = !active;
  }
  writeInputs();
}

// Wherever the page says how many match; “10,000+” stays true.
function countAnew(count) {
  bar.dataset.total = String(count);
  grid().dataset.total = String(count);
  for (const each of document.querySelectorAll("[data-list-count]")) {
    if (!each.textContent.endsWith("+")) {
      each.textContent = count.toLocaleString("en");
    }
  }
}

function announce() {
  document.dispatchEvent(new CustomEvent("magpie:announce", { detail: sentence() }));
}

function toggle(box, { range = false } = {}) {
  const on = box.checked;
  if (all) {
    // Taking one out of “all” leaves the others that are on the page.
    all = false;
    boxes().forEach((each) => selected.add(each.value));
  }
  const list = boxes();
  const from = range && anchor ? list.findIndex((each) => each.value === anchor) : -1;
  const to = list.indexOf(box);
  const chosen = from < 0 ? [box] : list.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of chosen) {
    if (on) {
      selected.add(each.value);
    } else {
      selected.delete(each.value);
    }
  }
  anchor = box.value;
  show();
  announce();
}

function clear() {
  all = false;
  selected.clear();
  anchor = null;
  show();
  announce();
}

function choose(values) {
  all = false;
  selected.clear();
  values.forEach((value) => selected.add(value));
  show();
  announce();
}

function selectAll() {
  all = true;
  show();
  announce();
}

if (bar || document.getElementById("overlay")) {
  let shift = false;
  document.addEventListener("click", (event) => {
    shift = event.shiftKey;
    const link = event.target.closest(".card__link");
    const card = link?.closest("[data-item]");
    // In select mode a press on a card selects it; a modifier selects from the start.
    const selects = !isActive() ? event.shiftKey : !event.ctrlKey && !event.metaKey;
    if (!card || !grid()?.contains(card) || !selects || event.detail === 0) {
      return;
    }
    event.preventDefault();
    const box = card.querySelector("input[data-select]");
    box.checked = !box.checked;
    toggle(box, { range: event.shiftKey });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-select]")) {
      toggle(event.target, { range: shift });
      shift = false;
    }
  });
  // keyboard.js speaks in events, so that either works without the other.
  document.addEventListener("magpie:select", (event) => {
    const box = event.target.querySelector?.("input[data-select]");
    if (box) {
      box.checked = !box.checked;
      toggle(box, { range: event.detail?.range });
    }
  });
  document.addEventListener("magpie:select-these", (event) => choose(event.detail));
  document.addEventListener("magpie:select-all", selectAll);
  document.addEventListener("magpie:select-none", (event) => {
    if (isActive()) {
      clear();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-selection] [data-select-all]")) {
      selectAll();
    } else if (event.target.closest("[data-selection] [data-select-none]")) {
      clear();
    }
  });
  // What was acted on is no longer selected; the server says so with HX-Trigger.
  document.addEventListener("magpie:selection-done", clear);
  // What left the list leaves the selection and the wall.
  document.addEventListener("magpie:removed", (event) => {
    for (const id of event.detail.ids) {
      selected.delete(id);
      document.getElementById(`asset-${id}`)?.remove();
    }
    if (bar) {
      countAnew(Math.max(total() - event.detail.ids.length, 0));
    }
    show();
    document.dispatchEvent(new CustomEvent("magpie:grid-changed"));
    if (!boxes().length) {
      document.dispatchEvent(new CustomEvent("magpie:wall-stale"));
    }
  });
  document.addEventListener("magpie:grid", show);
  document.addEventListener("magpie:wall", () => {
    bar = document.querySelector("[data-selection]");
    show();
  });
  // A browser that comes back restores checked boxes; the selection starts with them.
  boxes().filter((box) => box.checked).forEach((box) => selected.add(box.value));
  show();
}
