// Uploads that broke off earlier, as this browser remembers them and as the server has them.

import { defaultOptions, type PreviousUpload } from "tus-js-client";
import { copy, one, size } from "../page";
import { percent } from "../follow";
import { PREFIX } from "./transfer";

const kept = defaultOptions.urlStorage;
const OURS = `tus::${PREFIX}`; // as tus-js-client writes them
const TUS = { "Tus-Resumable": "1.0.0" };

/** List them; choosing a file goes through `choose`. */
export async function showUnfinished(choose: () => void): Promise<void> {
  const section = one("#unfinished");
  const list = one("ul", section);
  list.replaceChildren();
  for (const previous of (await kept?.findAllUploads()) ?? []) {
    if (!previous.urlStorageKey.startsWith(OURS)) continue;
    const sent = await offset(previous);
    if (sent === null) await forget(previous);
    else list.append(shown(previous, sent, choose, section));
  }
  section.hidden = !list.children.length;
}

/** Bytes that the server has; null where it has forgotten the upload. What cannot be asked now counts as 0. */
async function offset({ uploadUrl }: PreviousUpload): Promise<number | null> {
  if (!uploadUrl) return null;
  try {
    const response = await fetch(uploadUrl, { method: "HEAD", headers: TUS });
    if (response.ok) return Number(response.headers.get("Upload-Offset") ?? 0);
    return response.status >= 500 ? 0 : null;
  } catch {
    return 0;
  }
}

async function forget(previous: PreviousUpload): Promise<void> {
  await kept?.removeUpload(previous.urlStorageKey);
}

function shown(previous: PreviousUpload, sent: number, choose: () => void, section: HTMLElement): HTMLElement {
  const item = copy("unfinished-item");
  const total = previous.size ?? 0;
  one(".name", item).textContent = previous.metadata["title"] || previous.metadata["filename"] || "A file";
  one(".size", item).textContent = previous.metadata["filename"] ?? "";
  one<HTMLProgressElement>("progress", item).value = total ? sent / total : 0;
  one("progress", item).setAttribute("aria-label", "Sent so far");
  one(".stage-name", item).textContent = `${percent(total ? sent / total : 0)} sent, ${size(sent)} of ${size(total)}`;
  one("[data-do=choose]", item).addEventListener("click", choose);
  one("[data-do=discard]", item).addEventListener("click", () => {
    if (previous.uploadUrl) void fetch(previous.uploadUrl, { method: "DELETE", headers: TUS });
    void forget(previous);
    item.remove();
    section.hidden = !one("ul", section).children.length;
  });
  return item;
}
