// Passkeys: signs in with them, confirms with them, adds them. Without this script, or in a browser
// without passkeys, these forms stay hidden, and everything works by password and codes.
const supported = window.PublicKeyCredential?.parseRequestOptionsFromJSON;

async function ask(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok) throw new Error("refused");
  const publicKey = await answer.json();
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function submit(event) {
  const form = event.currentTarget;
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    const credential = await ask(form);
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    problem.textContent =
      error.name === "InvalidStateError"
        ? "This device has a passkey for this account already."
        : "No passkey was used. Try again, or choose another way.";
    problem.hidden = false;
  }
}

for (const part of supported ? document.querySelectorAll("[data-needs-passkeys]") : []) part.hidden = false;
for (const form of document.querySelectorAll("form[data-passkey]")) form.addEventListener("submit", submit);
