// The watch page.

import type { MediaController } from "media-chrome";
import "media-chrome";
import "media-chrome/menu";
import { offerStart, remember, remembered } from "./player/resume";
import { load, type Trouble } from "./player/engine";
import { recording } from "./player/record";
import { showMaking } from "./making";
import { one } from "./page";
import { signingOut } from "./session";
import type Hls from "hls.js";

/** The stage of the page: what a test, or somebody at the console, can look at. */
export interface Stage extends HTMLElement {
  hls?: Hls | null;
  troubles?: readonly Trouble[];
}

function play(stage: Stage): void {
  const { asset = "", playlist = "", worker = "", growing } = stage.dataset;
  const video = stage.querySelector("video");
  if (!video) return;
  const from = growing === undefined ? remembered(asset) : 0;
  const troubles: Trouble[] = [];
  const hls = load(video, { playlist, worker, from, growing: growing !== undefined }, troubles);
  Object.assign(stage, { hls, troubles });
  offerStart(video, from);
  remember(asset, video);
  recording(playlist, video, hls, troubles);
}

/** Shortcuts work wherever nothing else has the focus, and starting does not lose it. */
function keys(stage: Stage): void {
  const controller = one<MediaController>("media-controller", stage);
  const begin = one("media-play-button.begin", stage);
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key.startsWith("Arrow")) event.preventDefault(); // no scrolling
    controller.keyboardShortcutHandler(event);
  });
  begin.addEventListener("mediaplayrequest", () => one("media-control-bar media-play-button", stage).focus());
}

const stage = document.querySelector<Stage>("#stage[data-playlist]");
if (stage) {
  play(stage);
  keys(stage);
}
const making = document.querySelector<HTMLElement>("#making");
if (making) showMaking(making, stage !== null);
signingOut();
