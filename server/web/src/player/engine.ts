// hls.js on a video element, with its levels and sounds as the tracks that media-chrome's menus show.

import Hls, { type HlsConfig, type Level } from "hls.js";
import "media-tracks/polyfill";

/** What a page says of the film on its stage. */
export interface Film {
  readonly playlist: string;
  readonly worker: string;
  /** Seconds to begin at. */
  readonly from: number;
  /** Still being made: grows while it is watched. */
  readonly growing: boolean;
}

export interface Trouble {
  readonly type: string;
  readonly details: string;
  readonly fatal: boolean;
  readonly message: string;
}

/** Play with hls.js, or where the browser has no Media Source Extensions, with what it has itself. */
export function load(video: HTMLVideoElement, film: Film, troubles: Trouble[]): Hls | null {
  if (!Hls.isSupported()) {
    video.src = film.playlist;
    video.addEventListener("loadedmetadata", () => (video.currentTime = film.from), { once: true });
    return null;
  }
  const config: Partial<HlsConfig> = {
    workerPath: film.worker,
    // What grows is watched from its start, not from where it has got to.
    startPosition: film.from || (film.growing ? 0 : -1),
    capLevelToPlayerSize: true,
    backBufferLength: 60,
    maxBufferLength: 30,
  };
  const hls = new Hls(config);
  hls.on(Hls.Events.ERROR, (_, { type, details, fatal, reason, error }) => {
    // A request that hls.js itself gives up, because another level was asked for, is no trouble.
    if (details === Hls.ErrorDetails.INTERNAL_ABORTED) return;
    troubles.push({ type, details, fatal, message: reason ?? error.message });
    if (fatal) recover(hls, type, troubles);
  });
  offerLevels(hls, video);
  offerSounds(hls, video);
  hls.loadSource(film.playlist);
  hls.attachMedia(video);
  return hls;
}

const RECOVERIES = 3;

/** As hls.js advises: media errors are recovered from, lost networks tried again; a few times. */
function recover(hls: Hls, type: string, troubles: readonly Trouble[]): void {
  if (troubles.filter((trouble) => trouble.fatal).length > RECOVERIES) {
    hls.destroy();
    hls.media?.dispatchEvent(new Event("error"));
  } else if (type === Hls.ErrorTypes.MEDIA_ERROR) {
    hls.recoverMediaError();
  } else {
    setTimeout(() => hls.startLoad(), 2000);
  }
}

/** One choice for each set of pictures: with sound in several formats, a level is listed once for each. */
function offerLevels(hls: Hls, video: HTMLVideoElement): void {
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const pictures = new Map<string, Level>();
    for (const level of hls.levels) if (!pictures.has(level.uri)) pictures.set(level.uri, level);
    if (pictures.size < 2) return; // nothing to choose
    const track = video.addVideoTrack("main");
    track.selected = true;
    for (const [uri, level] of pictures) {
      const { width, height, videoCodec, bitrate, frameRate } = level;
      const rendition = track.addRendition(uri, width, height, videoCodec, bitrate, frameRate);
      rendition.id = uri;
    }
  });
  video.videoRenditions.addEventListener("change", () => {
    const chosen = video.videoRenditions[video.videoRenditions.selectedIndex]?.id;
    // From the next segment on: what plays now is not thrown away.
    hls.nextLevel = chosen === undefined ? -1 : nearest(hls, chosen);
  });
}

/** The level with these pictures and the sound that plays. */
function nearest(hls: Hls, uri: string): number {
  const sound = hls.levels[hls.currentLevel]?.audioGroups?.[0];
  const fitting = hls.levels.findIndex((level) => level.uri === uri && level.audioGroups?.[0] === sound);
  return fitting >= 0 ? fitting : hls.levels.findIndex((level) => level.uri === uri);
}

function offerSounds(hls: Hls, video: HTMLVideoElement): void {
  const offered = new Map<string, number>();
  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => {
    const names = hls.audioTracks.map(({ name, lang = "" }) => `${lang} ${name}`);
    if (names.join("\n") === [...offered.keys()].join("\n")) return;
    for (const track of [...video.audioTracks]) video.removeAudioTrack(track);
    offered.clear();
    if (names.length < 2) return;
    hls.audioTracks.forEach(({ name, lang }, index) => {
      const track = video.addAudioTrack("main", name, lang ?? "");
      track.id = String(index);
      track.enabled = index === Math.max(0, hls.audioTrack);
      offered.set(names[index] ?? "", index);
    });
  });
  video.audioTracks.addEventListener("change", () => {
    const chosen = [...video.audioTracks].find((track) => track.enabled);
    const index = Number(chosen?.id ?? -1);
    if (index >= 0 && index !== hls.audioTrack) hls.audioTrack = index;
  });
}
