// What somebody experienced: one row, sent again as it grows, for whoever tunes the next ladder.

import Hls from "hls.js";
import type { Trouble } from "./engine";

const EVERY_MS = 20_000;
const PLAYER = `codek7-page hls.js/${Hls.version}`;

/** Notes what happens, and posts it now and then, and when the page goes away. */
export function recording(
  playlist: string,
  video: HTMLVideoElement,
  hls: Hls | null,
  troubles: readonly Trouble[],
): void {
  const session = [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const watched = new Map<string, number>();
  let asked = 0, startup: number | null = null, switches = 0, stalls = 0, stalled = 0, waiting = 0, last = 0, sent = "";

  video.addEventListener("play", () => (asked ||= performance.now()));
  video.addEventListener("playing", () => {
    startup ??= performance.now() - asked;
    if (waiting) stalled += performance.now() - waiting;
    waiting = 0;
    last = performance.now();
  });
  video.addEventListener("waiting", () => {
    if (startup === null || video.seeking || waiting) return;
    stalls += 1;
    waiting = performance.now();
  });
  for (const event of ["pause", "ended", "timeupdate"]) video.addEventListener(event, lookedAt);
  hls?.on(Hls.Events.LEVEL_SWITCHED, () => (switches += 1));

  function lookedAt(event: Event): void {
    const now = performance.now();
    if (last && !waiting) {
      const rung = rendition(hls);
      watched.set(rung, (watched.get(rung) ?? 0) + now - last);
    }
    last = event.type === "timeupdate" && !video.paused ? now : 0;
  }

  function row(): Record<string, unknown> {
    const rungs = [...watched].map(([rendition, ms]) => ({ rendition, watched_us: micro(ms) }));
    return {
      playlist,
      session,
      startup_us: startup === null ? null : micro(startup),
      watched_us: rungs.reduce((sum, rung) => sum + rung.watched_us, 0),
      stalls,
      stalled_us: micro(stalled),
      switches: Math.max(0, switches - 1), // the first is the start
      throughput_bps: hls ? Math.round(hls.bandwidthEstimate) || null : null,
      dropped_frames: video.getVideoPlaybackQuality().droppedVideoFrames,
      rungs: rungs.filter((rung) => rung.rendition),
      ended: video.ended,
      player: PLAYER,
      error: troubles.find((trouble) => trouble.fatal)?.details ?? "",
    };
  }

  function post(): void {
    if (!asked) return;
    const body = JSON.stringify(row());
    if (body === sent) return;
    sent = body;
    navigator.sendBeacon("/api/playback-records", new Blob([body], { type: "application/json" }));
  }

  setInterval(post, EVERY_MS);
  video.addEventListener("ended", post);
  addEventListener("pagehide", post);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && post());
}

const micro = (milliseconds: number): number => Math.round(milliseconds * 1000);

/** The name of what plays, as the catalog has it: the folder of its playlist. */
function rendition(hls: Hls | null): string {
  return hls?.levels[hls.currentLevel]?.uri.split("/").at(-2) ?? "";
}
