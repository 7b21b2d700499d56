// What is wider than its place scrolls; let those scroll it who use the keyboard.
const scrollers = document.querySelectorAll(".katex-display, .pst-scrollable-table-container, .bd-article pre");
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
scrollers.forEach((scroller) => watcher.observe(scroller));
