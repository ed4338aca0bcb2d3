// Bundles the pages: `node build.mjs FOLDER FINGERPRINT`.
// Every file gets a name with a hash of its content; manifest.json says which, what the bundle was made from,
// and the hashes by which the Content-Security-Policy allows the player's own styles.

import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import * as chrome from "media-chrome";
import * as menus from "media-chrome/menu";
import { beside, licences, moveIn } from "./bundled.mjs";

const [folder, fingerprint] = process.argv.slice(2);
const ENTRIES = {
  main: "styles/main.css",
  watch: "src/watch.ts",
  library: "src/library.ts",
  upload: "src/upload.ts",
  "sign-in": "src/sign-in.ts",
  frame: "src/frame.ts",
  "hls.worker": "hls.js/dist/hls.worker.js",
  icon: "styles/icon.svg",
};

// media-chrome's elements bring their styles as <style> in shadow trees: each is allowed by its hash.
function styleHashes() {
  const found = new Set([""]);
  for (const element of [...Object.values(chrome), ...Object.values(menus)]) {
    const html = element?.getTemplateHTML?.({}, {}) ?? "";
    for (const [, text] of html.matchAll(/<style[^>]*>([^]*?)<\/style>/g)) found.add(text);
  }
  return [...found].map((text) => `sha256-${createHash("sha256").update(text).digest("base64")}`).sort();
}

const aside = await beside(folder);
const { metafile } = await build({
  entryPoints: ENTRIES,
  outdir: aside,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox128", "safari17.5"],
  loader: { ".woff2": "file", ".svg": "copy" },
  legalComments: "none", // they stand in licences.txt, whole
  metafile: true,
  logLevel: "warning",
});
const plain = (name) => name.replace(/-[0-9A-Z]{8}(?=\.)/, "");
const files = Object.fromEntries(
  Object.keys(metafile.outputs).map((path) => [plain(basename(path)), basename(path)]),
);
await writeFile(
  join(aside, "manifest.json"),
  `${JSON.stringify({ sources: fingerprint, files, styles: styleHashes() }, null, 1)}\n`,
);
await writeFile(join(aside, "licences.txt"), await licences(metafile));
await moveIn(aside, folder);
