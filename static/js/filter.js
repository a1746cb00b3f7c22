/* <form data-rd-filter="id of a list">: as one types a name, rows without it are hidden. Nothing is sent, so no name stands
   in an address or a history; without a script the form is posted. Rows carry data-rd-name; [data-rd-filter-none] is
   what to say when none is left. */
export function filterByName(scope) {
  for (const form of scope.querySelectorAll("form[data-rd-filter]")) {
    const list = document.getElementById(form.dataset.rdFilter);
    const box = form.querySelector("input[type=search]");
    if (!list || !box) continue;
    const update = () => showOnly(list, box.value);
    box.addEventListener("input", update);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      update();
    });
    update();
  }
}

function showOnly(list, search) {
  const words = search.toLowerCase().replaceAll(",", " ").split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of list.querySelectorAll("[data-rd-name]")) {
    const name = row.dataset.rdName.toLowerCase();
    row.hidden = !words.every((word) => name.includes(word));
    shown += !row.hidden;
  }
  const none = list.querySelector("[data-rd-filter-none]");
  if (none) none.hidden = shown > 0 || !words.length;
}
