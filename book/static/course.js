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

// The keyboard scrolls what the pointer can: an equation that is wider than its column takes the focus.
window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
  });
  for (const equation of document.querySelectorAll('mjx-container[display="true"]')) wide.observe(equation);
});

// The sidebar's folds have an arrow for a name.
window.addEventListener("DOMContentLoaded", () => {
  for (const fold of document.querySelectorAll(".has-children > details > summary")) {
    const page = fold.parentElement.parentElement.querySelector("a").textContent.trim();
    fold.setAttribute("aria-label", `Pages under ${page}`);
  }
});
