/* <details data-rd-menu>: what lies over the page while it is open is closed by Escape, and one is back where one opened it. */
export function closeMenus(scope) {
  scope.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && scope.querySelector("details[data-rd-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
