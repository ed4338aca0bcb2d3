// What a viewer's page does, as functions that a test calls from outside: `window.viewer`.
// hls.js is loaded before. Times are seconds of the presentation.

const { ErrorDetails, Events } = window.Hls;
const POLL_MS = 20;
const STALLED_MS = 60_000;

let hls, video, buffers, seen;

// A new player on a playlist: what it shows before it plays.
async function open(url, config = {}) {
  hls?.destroy();
  video?.remove();
  video = document.body.appendChild(document.createElement("video"));
  buffers = {};
  seen = { errors: [], frames: [], shown: [], reloads: 0 };
  hls = new window.Hls(config);
  hls.on(Events.ERROR, (_, error) => {
    // A request that hls.js ends itself, because another level was asked for, is no fault of what it plays.
    if (error.details !== ErrorDetails.INTERNAL_ABORTED) seen.errors.push(described(error));
  });
  hls.on(Events.BUFFER_CREATED, (_, { tracks }) => {
    for (const [kind, track] of Object.entries(tracks)) buffers[kind] = track.buffer;
  });
  hls.on(Events.LEVEL_UPDATED, () => (seen.reloads += 1));
  video.requestVideoFrameCallback(sawFrame);
  const parsed = new Promise((resolve) => hls.once(Events.MANIFEST_PARSED, resolve));
  hls.loadSource(url);
  hls.attachMedia(video);
  await until(() => parsed, "the main playlist");
  await until(() => (pictured() ? seen.frames.length > 0 : video.readyState > 1), "the beginning");
  return state();
}

const pictured = () => hls.levels.some((level) => level.width);

function described({ type, details, fatal, error, reason, response }) {
  return { type, details, fatal, message: String(reason ?? error?.message ?? response?.code ?? "") };
}

function sawFrame(_, { mediaTime, width, height }) {
  seen.frames.push({ at: mediaTime, width, height });
  video.requestVideoFrameCallback(sawFrame);
}

// Wait for something true or a promise; as long as anything moves, for any time.
async function until(wanted, what) {
  const answer = wanted();
  if (answer instanceof Promise) {
    let done = false;
    answer.then(() => (done = true));
    return until(() => done, what);
  }
  for (let trace = "", since = 0; !wanted(); ) {
    const failed = seen.errors.find((error) => error.fatal);
    if (failed) throw new Error(`${what}: ${failed.details} (${failed.message})`);
    const now = JSON.stringify([video.currentTime, ranges(video.buffered), seen.reloads]);
    if (now !== trace) [trace, since] = [now, performance.now()];
    if (performance.now() - since > STALLED_MS) {
      throw new Error(`no ${what}: ${JSON.stringify({ ...state(), frames: seen.frames.slice(-3) })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

// Play until something has come true, then stop there.
async function playing(wanted, what) {
  await video.play();
  await until(() => video.ended || wanted(), what);
  video.pause();
}

// Play until a time, or to the end.
async function play(upto = Infinity) {
  await playing(() => video.currentTime >= upto, `playing up to ${upto}`);
  return state();
}

// Wait until everything up to the end is loaded.
async function fill() {
  await until(() => hls.bufferedToEnd, "the end of the presentation");
  return state();
}

// Go to a time and play on from there for a moment.
async function seek(to) {
  const frames = seen.frames.length;
  video.currentTime = to;
  await playing(() => video.currentTime > to + 0.2, `time after ${to}`);
  await until(() => !pictured() || seen.frames.length > frames, `frames after ${to}`);
  return state();
}

// Switch to a rendition from the next segment on, and play until its pictures are seen.
async function level(index) {
  hls.nextLevel = index;
  const { width, height } = hls.levels[index];
  const shown = () => seen.frames.at(-1).width === width && seen.frames.at(-1).height === height;
  await playing(shown, `level ${index}`);
  if (!shown()) throw new Error(`ended before level ${index}`);
  return state();
}

// Switch to a sound, and play on with it for a moment.
async function sound(index) {
  const switched = new Promise((resolve) => hls.once(Events.AUDIO_TRACK_SWITCHED, resolve));
  hls.audioTrack = index;
  await until(() => switched, `sound ${index}`);
  return play(video.currentTime + 0.5);
}

// Show subtitles, and play until a cue of them shows.
async function subtitles(index) {
  hls.subtitleTrack = index;
  const active = () => [...video.textTracks].flatMap((track) => [...(track.activeCues ?? [])]);
  await playing(() => active().length > 0, `a cue of subtitles ${index}`);
  return active().map((cue) => {
    const html = cue.getCueAsHTML();
    const elements = html.querySelectorAll("*").length;
    return { start: cue.startTime, end: cue.endTime, text: html.textContent, elements };
  });
}

// The key frame that trick play shows for a time, from the I-frame playlists, in a picture of its own.
async function scrub(to) {
  const small = document.body.appendChild(document.createElement("video"));
  const trick = hls.createIFramePlayer();
  trick.on(Events.ERROR, (_, error) => seen.errors.push(described(error)));
  let frame;
  small.requestVideoFrameCallback((_, { mediaTime: at, width, height }) => (frame = { at, width, height }));
  trick.attachMedia(small);
  trick.loadMediaAt(to);
  // A browser that is busy may have shown the picture without telling: asked to go where it is, it tells.
  const again = setInterval(() => small.readyState > 1 && !small.seeking && (small.currentTime += 0), 2000);
  await until(() => frame, `a key frame for ${to}`).finally(() => clearInterval(again));
  trick.destroy();
  small.remove();
  return frame;
}

// All that a test may want to know.
function state() {
  return {
    errors: seen.errors,
    time: video.currentTime,
    ended: video.ended,
    duration: video.duration,
    width: video.videoWidth,
    height: video.videoHeight,
    frames: seen.frames,
    dropped: video.getVideoPlaybackQuality().droppedVideoFrames,
    reloads: seen.reloads,
    live: hls.latestLevelDetails?.live ?? null,
    buffered: ranges(video.buffered),
    sources: Object.fromEntries(Object.entries(buffers).map(([kind, it]) => [kind, ranges(it.buffered)])),
    level: hls.currentLevel,
    levels: hls.levels.map(({ width, height, bitrate, videoCodec, audioCodec }) => {
      return { width: width || 0, height: height || 0, bitrate, videoCodec, audioCodec };
    }),
    sound: hls.audioTrack,
    sounds: hls.audioTracks.map(({ name, lang = "" }) => ({ name, lang })),
    subtitles: hls.subtitleTracks.map(({ name, lang = "" }) => ({ name, lang })),
  };
}

function ranges(buffered) {
  return Array.from({ length: buffered.length }, (_, at) => [buffered.start(at), buffered.end(at)]);
}

window.viewer = { open, play, fill, seek, level, sound, subtitles, scrub, state };
