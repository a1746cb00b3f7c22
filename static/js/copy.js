/* <button data-rd-copy="id-of-the-text" hidden>Copy</button>: shown only where the browser lets us copy. */
export function offerCopying(scope) {
  if (!navigator.clipboard) return;
  for (const button of scope.querySelectorAll("[data-rd-copy]")) {
    const text = document.getElementById(button.dataset.rdCopy);
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.value ?? text.textContent.trim());
      button.textContent = button.dataset.rdCopied ?? "Copied";
    });
  }
}
