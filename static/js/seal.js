/* <form data-rd-seal="{…}">: what was filled in is sealed here, with the public key of the box, and only then sent; as
   `evaluation/sealing.py` reads it. Each form is packed to one length first, each request filled up to one size, and its
   ballot is random and made here, so that the same form sent twice counts once. No cookie goes with it, and the page gives
   way to the next one, so that Back shows nothing. Where the browser cannot seal, [data-rd-unsealed] stays to be read:
   the form is then sent as it is, and sealed by the server. */
export function sealForms(scope) {
  if (!window.crypto?.subtle) return;
  for (const form of scope.querySelectorAll("form[data-rd-seal]")) {
    const about = JSON.parse(form.dataset.rdSeal);
    about.ballot ||= randomId();
    for (const words of scope.querySelectorAll("[data-rd-unsealed]")) words.hidden = true;
    for (const words of scope.querySelectorAll("[data-rd-sealed]")) words.hidden = false;
    let onItsWay = false;
    form.querySelector("[data-prevent-double-click]")?.removeAttribute("data-module");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (onItsWay) return;
      onItsWay = true;
      try {
        await cast(form, about);
      } catch {
        complain(form, about.words.lost);
      } finally {
        onItsWay = false;
      }
    });
  }
}

async function cast(form, about) {
  const said = read(form, about);
  if ([...said.comment].length > about.words.limit) return complain(form, about.words.too_long, "comment");
  if (!said.comment.trim() && !Object.keys(said.answers).length) return complain(form, about.words.nothing);
  const sealed = await seal(packed(said, about.length), about);
  /* Without the code that may stand in the address of the page. */
  const answer = await fetch(new URL(form.action).pathname, {
    method: "POST",
    body: request(form, about, sealed),
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    redirect: "error",
  });
  const told = await answer.json();
  if (!told.given) return complain(form, told.refused);
  form.reset();
  location.replace(told.given);
}

/* Control characters are left out, and so is half a character: neither is text, and both would take more room. */
function read(form, { items }) {
  const filled = new FormData(form);
  const answers = {};
  for (const [name, item] of Object.entries(items)) {
    if (filled.get(name)) answers[item] = Number(filled.get(name));
  }
  const words = new TextDecoder().decode(new TextEncoder().encode(filled.get("comment") ?? ""));
  const comment = words.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, " ");
  return { answers, comment, group: filled.get("group") ?? "" };
}

function packed(said, length) {
  const text = new TextEncoder().encode(JSON.stringify(said));
  if (text.length > length) throw new Error("a form does not fit into its length");
  const whole = new Uint8Array(length).fill(32);
  whole.set(text);
  return whole;
}

async function seal(content, { key, round, ballot }) {
  const { subtle } = crypto;
  const box = await subtle.importKey("spki", bytes(key), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
  const own = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(`${round}:${ballot}`);
  const wrapped = await subtle.encrypt({ name: "RSA-OAEP" }, box, await subtle.exportKey("raw", own));
  const body = await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, own, content);
  return text([new Uint8Array(wrapped), iv, new Uint8Array(body)]);
}

function request(form, about, sealed) {
  const filled = new FormData(form);
  const said = { code: filled.get("code"), shown: filled.get("shown"), ballot: about.ballot, sealed };
  const body = new URLSearchParams(said);
  body.set("pad", "");
  body.set("pad", "0".repeat(Math.max(0, about.request - body.toString().length)));
  return body;
}

/* As the server shows what is to be mended. */
function complain(form, sentence, field = "") {
  const page = form.ownerDocument;
  if (!page.title.startsWith("Error: ")) page.title = `Error: ${page.title}`;
  form.querySelector(".nhsuk-error-summary")?.remove();
  const summary = page.createElement("div");
  summary.className = "nhsuk-error-summary";
  summary.tabIndex = -1;
  summary.setAttribute("role", "alert");
  const heading = page.createElement("h2");
  heading.className = "nhsuk-error-summary__heading";
  heading.textContent = "There is a problem";
  const list = page.createElement("ul");
  list.className = "nhsuk-list nhsuk-error-summary__list";
  const item = page.createElement("li");
  const target = field && form.elements.namedItem(field);
  if (target) {
    const link = page.createElement("a");
    link.href = `#${target.id}`;
    link.textContent = sentence;
    item.append(link);
  } else {
    item.textContent = sentence;
  }
  list.append(item);
  summary.append(heading, list);
  form.prepend(summary);
  summary.focus();
}

/* As of a UUID; crypto.randomUUID is not there in older browsers. */
function randomId() {
  const made = crypto.getRandomValues(new Uint8Array(16));
  made[6] = (made[6] & 15) | 64;
  made[8] = (made[8] & 63) | 128;
  const digits = [...made].map((each) => each.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const bytes = (words) => Uint8Array.from(atob(words), (each) => each.charCodeAt(0));

/* Base64 in letters that an address leaves as they are. */
function text(parts) {
  const whole = parts.flatMap((part) => [...part]);
  return btoa(String.fromCharCode(...whole)).replace(/\+/g, "-").replace(/\//g, "_");
}
