/* <main data-rd-fresh="30">: every 30 seconds its content is fetched anew from the same address. A page left
   open in a room stays right; without a connection it keeps what it shows and tries again. */
export function keepFresh(scope) {
  const main = scope.querySelector("main[data-rd-fresh]");
  if (!main) return;
  const seconds = Number(main.dataset.rdFresh);
  if (!(seconds >= 5)) return;
  setInterval(() => refresh(main), seconds * 1000);
}

async function refresh(main) {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main[data-rd-fresh]");
    if (fresh && fresh.innerHTML !== main.innerHTML) main.innerHTML = fresh.innerHTML;
  } catch {
    /* No connection just now: the next turn tries again. */
  }
}
