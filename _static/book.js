// What is wider than its place scrolls; let those scroll it who use the keyboard.
const makeScrollersFocusable = () => {
  for (const scroller of document.querySelectorAll(".katex-display, .pst-scrollable-table-container")) {
    const scrolls = scroller.scrollWidth > scroller.clientWidth;
    if (scrolls) scroller.tabIndex = 0;
    else scroller.removeAttribute("tabindex");
  }
};
addEventListener("load", makeScrollersFocusable);
addEventListener("resize", makeScrollersFocusable);
