/* <dialog data-rd-idle="/address/" data-rd-warn="300" data-rd-left="1800">: so many seconds are left of the session. When
   it is time, asks that address how many are left by now, warns that many seconds before its end, and lets one stay.
   The server counts, for all tabs together; whoever types is not idle. Without this script the server signs out just
   the same, and says so on the next page. */
const PING_AT_MOST_EVERY = 5 * 60 * 1000;

export function warnOfIdling(scope) {
  const dialog = scope.querySelector("dialog[data-rd-idle]");
  if (!dialog?.showModal) return;
  const warnBefore = Number(dialog.dataset.rdWarn);
  const part = (name) => dialog.querySelector(`[data-rd-idle-${name}]`);
  let timer;
  let pinged = Date.now();

  const ask = async (options = {}) => {
    const answer = await fetch(dialog.dataset.rdIdle, { credentials: "same-origin", ...options });
    if (!answer.ok) throw new Error("no answer");
    return (await answer.json()).left;
  };
  const wait = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(seconds, 1) * 1000);
  };
  const show = (ended) => {
    part("warning").hidden = ended;
    part("ended").hidden = !ended;
    dialog.setAttribute("aria-labelledby", ended ? "idle-ended" : "idle-warning");
    if (!dialog.open) dialog.showModal();
  };
  const heed = (left) => {
    if (left <= 0) return show(true);
    if (left > warnBefore) {
      if (dialog.open) dialog.close();
      return wait(left - warnBefore);
    }
    const minutes = Math.ceil(left / 60);
    part("time").textContent = minutes === 1 ? "1 minute" : `${minutes} minutes`;
    show(false);
    wait(left % 60 || 60);
  };
  const look = () => ask().then(heed, () => wait(60));
  const stay = () => {
    pinged = Date.now();
    const body = new URLSearchParams(new FormData(part("form")));
    return ask({ method: "POST", body }).then(heed, () => wait(60));
  };

  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
  part("back").addEventListener("click", () => dialog.close());
  /* Escape means "go on", as the first button does; once signed out, it leads back to what was typed. */
  dialog.addEventListener("cancel", () => part("warning").hidden || stay());
  document.addEventListener("input", () => Date.now() - pinged > PING_AT_MOST_EVERY && stay());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  heed(Number(dialog.dataset.rdLeft));
}
