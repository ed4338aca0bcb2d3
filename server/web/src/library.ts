// The library: htmx asks for results while somebody types; posters show the film under the pointer.

import htmx from "htmx.org";
import { one } from "./page";
import { scrubbing } from "./scrub";
import { signingOut } from "./session";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

// A search that found its results says so to those who do not see them.
document.addEventListener("htmx:after:swap", () => {
  const count = document.querySelector<HTMLElement>("#results [data-count]");
  if (count) one("#said").textContent = count.textContent ?? "";
});

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  one<HTMLInputElement>("#search").select();
});

// htmx listens a moment after this runs: what somebody has typed by then would be searched for by the next key.
setTimeout(() => {
  const search = one<HTMLInputElement>("#search");
  if (search.value !== search.defaultValue) htmx.trigger(search, "input");
});

scrubbing(document.body);
signingOut();
