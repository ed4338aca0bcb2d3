// Where somebody stopped watching, kept in their browser.

import { clock, memory, one } from "../page";

const EVERY_S = 5;
const BEGINNING_S = 10;
const ENDING_S = 15;

const name = (asset: string): string => `codek7:position:${asset}`;

/** Seconds to go on from; 0 for the beginning. */
export function remembered(asset: string): number {
  const seconds = Number(memory.get(name(asset)));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** Keep the position from now on. Beginnings and ends are not worth going on from. */
export function remember(asset: string, video: HTMLVideoElement): void {
  let kept = -EVERY_S;
  const keep = (): void => {
    const { currentTime: at, duration } = video;
    if (!Number.isFinite(duration) || !at) return;
    const begun = at > Math.min(BEGINNING_S, duration / 10);
    const over = video.ended || at > duration - Math.min(ENDING_S, duration / 10);
    memory.set(name(asset), begun && !over ? at.toFixed(2) : null);
    kept = at;
  };
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - kept) >= EVERY_S) keep();
  });
  for (const event of ["pause", "seeked", "ended"]) video.addEventListener(event, keep);
  addEventListener("pagehide", keep);
}

/** Say that it goes on from there, and offer to start over. */
export function offerStart(video: HTMLVideoElement, from: number): void {
  if (!from) return;
  const note = one("#resumed");
  one("#resumed-at").textContent = clock(from);
  note.hidden = false;
  one("#start-over").addEventListener("click", () => {
    video.currentTime = 0;
    note.hidden = true;
    void video.play();
  });
  video.addEventListener("playing", () => setTimeout(() => (note.hidden = true), 5000), { once: true });
}
