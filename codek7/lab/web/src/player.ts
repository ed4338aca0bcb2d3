// A presentation, played through the kernel: codek7.lab.views.Player.

import Hls, { type HlsConfig, type Level } from "hls.js";
import { figure, make } from "./dom";
import { Graph } from "./player/graph";
import { BASE, throughPython } from "./player/loader";
import { type View, widget } from "./view";
import { rate } from "./words";
import styles from "../styles/player.css";

interface Scene {
  readonly title: string;
  readonly main: string;
  readonly piece_bytes: number;
}

const EVERY_MS = 250;
const RECOVERIES = 3;

export default widget<Scene>(styles, (view) => {
  const { scene, root, signal } = view;
  const video = make("video", { controls: true, playsinline: true, preload: "metadata", "aria-label": scene.title });
  const figures = { level: figure("Playing"), buffer: figure("Buffer"), bandwidth: figure("Bandwidth") };
  const quality = make("select", { "aria-label": "Quality", disabled: true }, make("option", { value: -1 }, "Automatic"));
  const graph = new Graph(view);
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  showPoster(view, video);
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make("div", {}, make("h2", {}, scene.title), make("label", { class: "quality" }, "Quality ", quality)),
      make("dl", { class: "figures" }, ...Object.values(figures).map(({ box }) => box)),
    ),
    video,
    trouble,
    legend(),
    graph.box,
  );
  const fail = (message: string) => {
    trouble.textContent = message;
    trouble.hidden = false;
  };
  if (!Hls.isSupported()) {
    fail("This browser has no Media Source Extensions, without which nothing plays here.");
    return;
  }
  const config: Partial<HlsConfig> = {
    loader: throughPython(view.ask.bind(view), scene.piece_bytes),
    enableWorker: false, // a worker would be one more file to load
    autoStartLoad: true,
    maxBufferLength: 30,
    backBufferLength: 60,
    capLevelToPlayerSize: true,
    testBandwidth: false, // most kernels are near: begin with what is worth seeing
    abrEwmaDefaultEstimate: 5e6,
  };
  const hls = new Hls(config);
  let recoveries = 0;
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details, error }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR && recoveries++ < RECOVERIES) hls.recoverMediaError();
    else fail(`It cannot be played: ${error.message || details}`);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => offer(quality, hls.levels));
  quality.addEventListener("change", () => (hls.nextLevel = Number(quality.value)));
  hls.loadSource(BASE + scene.main);
  hls.attachMedia(video);
  Object.assign(root, { hls }); // for who wants to look inside

  const watch = () => {
    const level = hls.levels[hls.currentLevel];
    const buffer_s = buffered(video);
    const estimate = hls.bandwidthEstimate;
    figures.level.show(level ? named(level) : "–");
    figures.buffer.show(`${buffer_s.toFixed(1)} s`);
    figures.bandwidth.show(Number.isFinite(estimate) ? rate(estimate) : "–");
    const moment = { buffer_s, bandwidth_bps: estimate || 0, level_bps: level?.bitrate ?? 0 };
    graph.add({ at: performance.now() / 1000, ...moment });
  };
  const watching = setInterval(watch, EVERY_MS);
  watch();
  signal.addEventListener("abort", () => {
    clearInterval(watching);
    hls.destroy();
  });
});

/** Seconds that are there from where it plays on. */
function buffered(video: HTMLVideoElement): number {
  const { buffered: ranges, currentTime } = video;
  for (let at = 0; at < ranges.length; at++) {
    if (ranges.start(at) <= currentTime + 0.1 && currentTime < ranges.end(at)) return ranges.end(at) - currentTime;
  }
  return 0;
}

function named({ width, height }: Level): string {
  return width && height ? `${Math.min(width, height)}p` : "sound";
}

/** The levels to choose from: with sound in several formats each set of pictures is listed once. */
function offer(quality: HTMLSelectElement, levels: readonly Level[]): void {
  const pictures = new Set<string>();
  levels.forEach((level, at) => {
    if (pictures.has(level.uri)) return;
    pictures.add(level.uri);
    quality.append(make("option", { value: at }, `${named(level)} · ${rate(level.averageBitrate || level.bitrate)}`));
  });
  quality.disabled = pictures.size < 2;
}

function showPoster(view: View<Scene>, video: HTMLVideoElement): void {
  const file = view.model.get("_picture") as DataView<ArrayBuffer>;
  if (!file.byteLength) return;
  const url = URL.createObjectURL(new Blob([file]));
  video.poster = url;
  view.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
}

function legend(): HTMLElement {
  const lines = [["buffer", "seconds in the buffer"], ["bandwidth", "bandwidth"], ["level", "rate of what plays"]];
  const parts = lines.map(([name = "", words = ""]) => make("span", {}, make("i", { "data-line": name }), words));
  return make("p", { class: "legend" }, ...parts);
}
