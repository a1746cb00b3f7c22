/* <form data-rd-passkey="get|create|sign-in" hidden>: shown only where the browser knows passkeys. Its options stand in
   <script type="application/json" id="passkey-options">, or for "sign-in" at the address in data-rd-options; what the
   passkey answers goes into the field [data-rd-credential], and the form is sent. */
export function offerPasskeys(scope) {
  if (!window.PublicKeyCredential) return;
  for (const form of scope.querySelectorAll("form[data-rd-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.dataset.rdReady) return;
      event.preventDefault();
      answer(form, event.submitter);
    });
  }
}

async function answer(form, button) {
  const refused = form.querySelector("[data-rd-passkey-refused]");
  refused.hidden = true;
  try {
    const options = (await optionsOf(form)).publicKey;
    const credential = form.dataset.rdPasskey === "create" ? await create(options) : await get(options);
    form.querySelector("[data-rd-credential]").value = JSON.stringify(credential);
    form.dataset.rdReady = "1";
    form.requestSubmit(button);
  } catch {
    /* Cancelled, no passkey at hand, or no connection: the page says so and stays as it was. */
    refused.hidden = false;
  }
}

async function optionsOf(form) {
  if (form.dataset.rdPasskey !== "sign-in") {
    const said = JSON.parse(document.getElementById("passkey-options").textContent);
    return said.creation_options ?? said.request_options;
  }
  const response = await fetch(form.dataset.rdOptions, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("no options");
  return (await response.json()).request_options;
}

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    },
  });
  return {
    ...common(made),
    response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
  };
}

async function get(options) {
  const shown = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
  return {
    ...common(shown),
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

const common = (credential) => ({
  type: credential.type,
  id: credential.id,
  rawId: text(credential.rawId),
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
});

const known = (credentials = []) => credentials.map((each) => ({ ...each, id: bytes(each.id) }));

/* Base64 without + / and =, as WebAuthn's JSON has it. */
const bytes = (words) => Uint8Array.from(atob(words.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
