/* <button data-rd-print hidden>Print</button>; whatever starts the printing, details are open on paper. */
export function offerPrinting(scope) {
  for (const button of scope.querySelectorAll("[data-rd-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const openedForPaper = [];
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("main details:not([open])")) {
      details.open = true;
      openedForPaper.push(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of openedForPaper.splice(0)) details.open = false;
  });
}
