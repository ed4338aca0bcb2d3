// The watch page of something that is still being made.

import { follow, OVER, percent, type Step, words } from "./follow";
import { one } from "./page";

/** Keep the progress true; when it is over, show what came of it. Whoever watches a preview is not interrupted. */
export function showMaking(making: HTMLElement, watching: boolean): void {
  const bar = one<HTMLProgressElement>("#making-bar", making);
  const text = one("#making-words", making);
  const number = one("#making-percent", making);
  let last = "";
  const took = (step: Step): void => {
    const said = words(step);
    if (said !== last) text.textContent = last = said;
    bar.value = step.progress;
    number.textContent = percent(step.progress);
    if (!OVER.has(step.state)) return;
    const playing = watching && document.querySelector("video")?.paused === false;
    if (playing) offer(making);
    else location.reload();
  };
  follow(making.dataset["asset"] ?? "", took, () => {
    if (!watching) location.reload(); // there is something to watch now
  });
}

function offer(making: HTMLElement): void {
  const link = document.createElement("a");
  Object.assign(link, { href: location.href, className: "button", textContent: "Watch the finished version" });
  making.replaceChildren(link);
}
