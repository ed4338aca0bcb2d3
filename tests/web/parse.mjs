// Strict parsing of playlists: `node parse.mjs FILE...` says for each file what was read, or what is wrong.

import { readFileSync } from "node:fs";
import HLS from "hls-parser";

HLS.setOptions({ strictMode: true });
const results = process.argv.slice(2).map((file) => {
  try {
    const read = HLS.parse(readFileSync(file, "utf8"));
    const { isMasterPlaylist: main, version, playlistType: type, endlist: ended, targetDuration } = read;
    return main
      ? { file, main, version, variants: read.variants.length }
      : { file, main, version, type, ended, targetDuration, durations: read.segments.map((s) => s.duration) };
  } catch (error) {
    return { file, failed: error.message };
  }
});
process.stdout.write(JSON.stringify(results));
