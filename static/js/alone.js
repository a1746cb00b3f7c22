/* "Go on with one" is there while one facilitator is ticked; once there are two, "Continue" is what is meant. */
export function offerGoingAlone(scope) {
  const button = scope.querySelector('button[name="alone"]');
  if (!button) return;
  const update = () => {
    button.hidden = button.form.querySelectorAll('input[name="facilitators"]:checked').length > 1;
  };
  button.form.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
}
