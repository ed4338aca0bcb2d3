// The upload page.

import { one } from "./page";
import { signingOut } from "./session";
import { Item } from "./upload/item";
import { showUnfinished } from "./upload/unfinished";

const input = one<HTMLInputElement>("#files");
const drop = one("#drop");
const queue = one("#queue");

function add(files: Iterable<File>): void {
  const items = [...files].map((file) => new Item(file, refresh));
  queue.append(...items.map((item) => item.element));
  one("#said").textContent = items.length === 1 ? `${items[0]?.file.name} chosen` : `${items.length} files chosen`;
  one<HTMLInputElement>("input[name=title]", items[0]?.element ?? document).focus();
}

let refreshing = 0;
/** The list of what broke off leaves out what is on its way now. */
function refresh(): void {
  const busy = queue.querySelector('[data-state="sending"]') !== null;
  clearTimeout(refreshing);
  one("#unfinished").hidden ||= busy;
  if (!busy) refreshing = setTimeout(() => void showUnfinished(choose), 300);
}

function choose(): void {
  input.click();
}

input.addEventListener("change", () => {
  if (input.files?.length) add(input.files);
  input.value = ""; // so that the same file can be chosen again
});

for (const [event, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]] as const) {
  drop.addEventListener(event, () => drop.classList.toggle("over", over));
}
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer?.files.length) add(event.dataTransfer.files);
});

// Leaving in the middle of an upload is asked about; it would go on later, but not by itself.
addEventListener("beforeunload", (event) => {
  if (queue.querySelector('[data-state="sending"]')) event.preventDefault();
});

void showUnfinished(choose);
signingOut();
