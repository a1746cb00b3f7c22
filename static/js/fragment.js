/* <form data-rd-from-fragment>: what stands behind the # of the address, as #name=…&code=…, is typed into the fields of
   these names, and taken out of the address. A fragment reaches no server and no log. */
export function fillFromFragment(scope) {
  const form = scope.querySelector("form[data-rd-from-fragment]");
  if (!form || !location.hash) return;
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement && field.type === "text") field.value = value;
  }
  history.replaceState(null, "", location.pathname);
}
