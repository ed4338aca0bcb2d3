// Signing out, from the header of any page.

/** Makes the header's button end the session. */
export function signingOut(): void {
  document.querySelector("#sign-out")?.addEventListener("click", () => {
    void fetch("/api/session", { method: "DELETE" }).finally(() => location.assign("/"));
  });
}
