// Opened from a folder, a page may not read other pages: let the search list titles without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// Paper cannot be unfolded: open the proofs while the page is printed.
(() => {
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((fold) => (fold.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((fold) => (fold.open = false)));
})();

// An equation a little wider than its column is set smaller; a much wider one scrolls, with the keyboard as well.
window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const smallest = 0.75;
  const widths = new WeakMap();
  const fit = (equation) => {
    equation.classList.remove("smaller");
    const share = equation.clientWidth / equation.scrollWidth;
    equation.classList.toggle("smaller", share < 1 && share >= smallest);
    if (share < smallest) equation.setAttribute("tabindex", "0");
    else equation.removeAttribute("tabindex");
  };
  const seen = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (widths.get(target) === target.clientWidth) continue; // its height changed, by what was done here
      widths.set(target, target.clientWidth);
      fit(target);
    }
  });
  for (const equation of document.querySelectorAll('mjx-container[display="true"]')) seen.observe(equation);
});

// The sidebar's folds have an arrow for a name.
window.addEventListener("DOMContentLoaded", () => {
  for (const fold of document.querySelectorAll(".has-children > details > summary")) {
    const page = fold.parentElement.parentElement.querySelector("a").textContent.trim();
    fold.setAttribute("aria-label", `Pages under ${page}`);
  }
});
