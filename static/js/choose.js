// Rules that choose among the pictures of a page: [data-choose-rule] beside a grid of boxes that
// selection.js looks after. A box says its picture's width, and whether it is not here yet.

const boxes = () => [...document.querySelectorAll("[data-grid] input[data-select]")];
const width = (box) => Number(box.dataset.width);

const RULES = {
  all: () => true,
  none: () => false,
  new: (box) => box.dataset.choosable === "yes",
  invert: (box) => !box.checked,
};

function apply(fits) {
  const detail = boxes().filter(fits).map((box) => box.value);
  document.dispatchEvent(new CustomEvent("magpie:select-these", { detail }));
}

document.addEventListener("click", (event) => {
  const rule = RULES[event.target.closest("button[data-choose-rule]")?.dataset.chooseRule];
  if (rule) {
    apply(rule);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-choose-rule]")) {
    const least = Number(event.target.value);
    apply((box) => RULES.new(box) && width(box) >= least);
  }
});
