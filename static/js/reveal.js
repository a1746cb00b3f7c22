/* A radio or checkbox with data-aria-controls="id" shows that part of the form while it is chosen. NHS.UK's own
   script also sets aria-expanded, which neither role allows; what is revealed follows in reading order anyway. */
export function revealChosen(scope) {
  const inputs = [...scope.querySelectorAll("input[data-aria-controls]")];
  if (!inputs.length) return;
  const update = () => {
    for (const input of inputs) {
      const part = document.getElementById(input.dataset.ariaControls);
      part?.classList.toggle(`nhsuk-${kind(input)}__conditional--hidden`, !input.checked);
    }
  };
  scope.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
}

const kind = (input) => (input.type === "radio" ? "radios" : "checkboxes");
