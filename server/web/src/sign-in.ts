// An API key becomes a session: the key goes to the server once, and what stays here is a cookie that no script
// can read.

import { one, problem } from "./page";

const form = one<HTMLFormElement>("#sign-in");
const key = one<HTMLInputElement>("#key", form);
const wrong = one("#wrong", form);
const submit = one<HTMLButtonElement>("button[type=submit]", form);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});

async function signIn(): Promise<void> {
  submit.disabled = true;
  wrong.textContent = "";
  try {
    const response = await fetch("/api/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: key.value.trim() }),
    });
    if (response.ok) {
      location.assign(form.dataset["next"] ?? "/");
      return;
    }
    refuse(response.status === 401 ? "This key is not known here, or no longer valid." : await problem(response));
  } catch {
    refuse("The server does not answer. Try again in a moment.");
  }
}

function refuse(text: string): void {
  submit.disabled = false;
  wrong.textContent = text;
  key.setAttribute("aria-invalid", "true");
  key.focus();
}
