/* <div id="door-list" data-rd-door="/address/of/the/list/">: at the door nobody waits for a page. A tap shows at once, and
   goes to the server behind it; without a connection taps wait in the memory of this page, in their order, each with a
   random name by which the server knows one that comes twice. Nothing is written into the browser. What other devices
   did is fetched now and then, as long as somebody is using this one. A tap that was done as the page shows it is
   answered with nothing; anything else with the list. Without this script each tap loads the list anew. */
const AGAIN = 4000;
const LOOK_EVERY = 15000;
const SOMEBODY_IS_HERE = 20 * 60 * 1000;
const ONE_TAP = 1000;
const A_FINGER = 40;
const PARTS = ["heads", "list", "walk-ins"];

export function checkInWithoutReloading(scope) {
  const list = scope.querySelector("#door-list[data-rd-door]");
  if (!list || !list.querySelector("[data-rd-part]")) return;
  const door = new Door(scope, list);
  list.addEventListener("click", (event) => door.comesTwice(event) && event.preventDefault());
  list.addEventListener("submit", (event) => door.tapped(event));
  scope.querySelector("[data-rd-code]")?.addEventListener("submit", (event) => door.tapped(event));
  window.addEventListener("beforeunload", (event) => door.waiting.length && event.preventDefault());
  window.addEventListener("online", () => door.send());
  for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, () => (door.usedAt = Date.now()));
  setInterval(() => door.look(), LOOK_EVERY);
}

class Door {
  constructor(scope, list) {
    this.scope = scope;
    this.list = list;
    this.waiting = [];
    this.sending = false;
    this.cutOff = false;
    this.keptBack = 0;
    this.usedAt = Date.now();
    this.tap = null;
    this.line = scope.querySelector("[data-rd-connection]");
    this.say("Connected");
  }

  part(name, page = this.scope) {
    return page.querySelector(`[data-rd-part="${name}"]`);
  }

  /* --- A tap ------------------------------------------------------------------------------------------------------ */

  /* What comes within a second on the same spot, or from a key that is held down, was meant for the button that stood
     there before: by now that is another one. Whoever goes on to the next button at once is heard. */
  comesTwice({ target, timeStamp, detail, pageX, pageY }) {
    const row = target.closest("[data-rd-makes]")?.form.id;
    if (!row) return false;
    const before = this.tap;
    this.tap = { row, timeStamp, pageX, pageY };
    if (!before || timeStamp - before.timeStamp > ONE_TAP) return false;
    const byKey = detail === 0;
    return byKey ? row === before.row : Math.hypot(pageX - before.pageX, pageY - before.pageY) < A_FINGER;
  }

  tapped(event) {
    const form = event.target;
    const button = event.submitter;
    if (form.matches("[data-rd-guest]") && button?.dataset.rdMakes) {
      event.preventDefault();
      this.keep(form, button.hasAttribute("formaction") ? button.formAction : form.action, button);
      this.show(form, button.dataset.rdMakes);
      this.lookForTheNext();
      this.send();
    } else if (form.matches("[data-rd-code]")) {
      event.preventDefault();
      this.keep(form, form.action);
      form.reset();
      this.send();
    } else if (this.cutOff || this.waiting.length) {
      event.preventDefault();
      this.addWalkIn(form);
    }
  }

  keep(form, address, button = null) {
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.append(button.name, button.value);
    body.delete("csrfmiddlewaretoken");
    body.set("tap", randomName());
    this.waiting.push({ address, body, row: form.id, makes: button?.dataset.rdMakes });
  }

  /* Somebody not on the list, while there is no connection: the server hears of them later. */
  addWalkIn(form) {
    const agreed = form.elements.namedItem("agreed");
    if (!agreed?.checked) {
      this.say("Ask whether they agree to the ground rules, as everyone in the room does", true);
      agreed?.focus();
      return;
    }
    this.keep(form, form.action);
    const name = form.elements.namedItem("name").value.trim() || "Name not given";
    const row = this.scope.createElement("p");
    row.className = "rd-row";
    row.textContent = `${name}: waits to be sent`;
    this.part("walk-ins").append(row);
    this.count(1);
    form.reset();
    form.elements.namedItem("key").value = randomName();
    this.send();
  }

  show(row, state, waits = true) {
    const before = row.dataset.rdGuest;
    row.dataset.rdGuest = state;
    row.toggleAttribute("data-rd-waits", waits);
    for (const each of row.querySelectorAll("[data-rd-when]")) {
      each.hidden = !each.dataset.rdWhen.split(" ").includes(state);
    }
    this.count((state !== "out") - (before !== "out"));
    if (row.contains(document.activeElement) || document.activeElement === document.body) {
      row.querySelector("button:not([hidden])")?.focus({ preventScroll: true });
    }
  }

  count(more) {
    const heads = this.part("heads")?.querySelector("b");
    if (!heads || !more) return;
    const number = Number.parseInt(heads.textContent, 10) + more;
    heads.textContent = `${number} in`;
    const { rdTakes } = this.part("heads").dataset;
    if (rdTakes) this.part("heads").querySelector("[data-rd-full]").hidden = number < Number(rdTakes);
  }

  /* Of everyone: whoever is next is looked for anew. */
  lookForTheNext() {
    const box = this.scope.querySelector("[data-rd-filter] input[type=search]");
    if (box) box.value = "";
    this.filterAgain();
  }

  filterAgain() {
    this.scope.querySelector("[data-rd-filter] input[type=search]")?.dispatchEvent(new Event("input"));
  }

  /* --- To the server, and back ------------------------------------------------------------------------------------- */

  async send() {
    if (this.sending || !(this.waiting.length || this.cutOff)) return;
    this.sending = true;
    try {
      if (this.cutOff) this.take(await this.ask(this.list.dataset.rdDoor));
      let page = null;
      let lists = 0;
      const said = [];
      /* A list that came before the last tap lacks it, so it is asked for anew. */
      while (this.waiting.length || (lists && !page)) {
        const tap = this.waiting[0];
        page = tap ? await this.post(tap) : await this.ask(this.list.dataset.rdDoor);
        if (tap) this.sent(this.waiting.shift());
        if (!page) continue;
        lists += 1;
        if (page.person) {
          said.push(this.cameIn(page.person));
          page = null;
        } else said.push(...words(page));
      }
      this.connected(page, said);
    } catch (problem) {
      this.disconnected(problem);
    } finally {
      this.sending = false;
    }
  }

  /* Whose code it was. */
  cameIn(person) {
    const row = document.getElementById(`at-${person}`);
    if (!row) return "Ticked in.";
    if (row.dataset.rdGuest !== "out") return `${row.dataset.rdName}: already in.`;
    this.show(row, "in", false);
    return `${row.dataset.rdName} is in.`;
  }

  sent({ row }) {
    if (row && !this.waiting.some((each) => each.row === row)) {
      document.getElementById(row)?.removeAttribute("data-rd-waits");
    }
  }

  post({ address, body }) {
    const token = this.scope.querySelector("#door-list [name=csrfmiddlewaretoken]").value;
    const sent = new URLSearchParams(body);
    sent.set("csrfmiddlewaretoken", token);
    return this.ask(address, { method: "POST", body: sent, headers: { Accept: "application/json" } });
  }

  /* The page that the server answers with, null for none; Shut where it is not the list any more. */
  async ask(address, options = {}) {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    if (answer.status >= 500 || answer.status === 429) throw new Error("no answer");
    if (answer.status === 204) return null;
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return answer.json();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.getElementById("door-list")) throw new Shut(answer, this.list.dataset.rdDoor);
    return page;
  }

  connected(page, said) {
    const wasCutOff = this.cutOff;
    this.cutOff = false;
    if (page) this.take(page);
    const sent = wasCutOff && this.keptBack ? `All ${this.keptBack} sent. Connected` : "Connected";
    this.keptBack = 0;
    this.say([...said, sent].join(" "));
  }

  disconnected(problem) {
    this.cutOff = true;
    const number = this.waiting.length;
    if (problem instanceof Shut) {
      /* No names stay on a screen that may not show them any more. */
      if (!number || (problem.closed && !this.keptBack)) return this.leave();
      this.say(problem.words(number), true);
    } else {
      const wait = number ? `${number} ${number === 1 ? "waits" : "wait"} to be sent` : "what you tap waits here";
      this.keptBack = Math.max(this.keptBack, number);
      this.say(`No connection. Carry on, and keep this page open: ${wait}.`, true);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), AGAIN);
  }

  leave() {
    this.waiting = [];
    location.reload();
  }

  /* The list as the server knows it, with what still waits here on top. */
  take(page) {
    const focused = document.activeElement?.closest("[data-rd-guest]")?.id;
    for (const name of PARTS) {
      const [here, there] = [this.part(name), this.part(name, page)];
      if (here && there) here.innerHTML = there.innerHTML;
    }
    for (const token of this.scope.querySelectorAll("[name=csrfmiddlewaretoken]")) {
      token.value = page.querySelector("#door-list [name=csrfmiddlewaretoken]").value;
    }
    for (const { row, makes } of this.waiting) {
      const found = row && document.getElementById(row);
      if (found && makes) this.show(found, makes);
    }
    this.filterAgain();
    if (focused) document.getElementById(focused)?.querySelector("button:not([hidden])")?.focus({ preventScroll: true });
  }

  async look() {
    if (document.hidden || this.sending || this.waiting.length || Date.now() - this.usedAt > SOMEBODY_IS_HERE) return;
    if (this.cutOff) return this.send();
    try {
      const page = await this.ask(this.list.dataset.rdDoor);
      if (!this.sending && !this.waiting.length) this.take(page);
    } catch (problem) {
      if (!this.sending) this.disconnected(problem);
    }
  }

  say(words, cutOff = false) {
    if (!this.line) return;
    this.line.hidden = false;
    this.line.toggleAttribute("data-rd-cut-off", cutOff);
    if (this.line.textContent !== words) this.line.textContent = words;
  }
}

/* The register is closed, or this device may not open it now. */
class Shut extends Error {
  constructor(answer, list) {
    super("shut");
    this.closed = answer.ok && new URL(answer.url).pathname.startsWith(list);
    this.signedOut = answer.redirected && !this.closed;
  }

  words(number) {
    const left = `${number} could not be sent.`;
    if (this.closed) return `The register was closed meanwhile. ${left}`;
    if (!this.signedOut) return `This list is not open here any more. ${left}`;
    return `You were signed out. ${left} Keep this page open, sign in again in another window, and they are sent.`;
  }
}

/* What the server remarked: somebody was in already, or has given their place back. */
function words(page) {
  return [...page.querySelectorAll(".nhsuk-notification-banner__heading, .nhsuk-error-summary li")].map((each) =>
    each.textContent.trim(),
  );
}

/* As of a UUID; crypto.randomUUID is not there without https. */
function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const digits = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
