// Bundles the notebook's views: `node build.mjs FOLDER FINGERPRINT`.
// One module for each view, its styles and its type inside, since a notebook has no address to load them from.
// manifest.json says what the bundle was made from.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { beside, licences, moveIn } from "../../../server/web/bundled.mjs";

const [folder, fingerprint] = process.argv.slice(2);
const ENTRIES = ["explorer", "compare", "timeline", "editor", "player", "storyboard"];
const TARGET = ["es2022", "chrome123", "firefox128", "safari17.5"];

// A style sheet becomes the text that a shadow tree adopts.
const styles = {
  name: "styles",
  setup(bundling) {
    bundling.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        minify: true,
        write: false,
        target: TARGET,
      });
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

const aside = await beside(folder);
const { metafile } = await build({
  entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
  outdir: aside,
  bundle: true,
  minify: true,
  format: "esm",
  target: TARGET,
  plugins: [styles],
  loader: { ".woff2": "binary" },
  legalComments: "none", // they stand in licences.txt, whole
  metafile: true,
  logLevel: "warning",
});
await writeFile(join(aside, "licences.txt"), await licences(metafile));
await writeFile(join(aside, "manifest.json"), `${JSON.stringify({ sources: fingerprint }, null, 1)}\n`);
await moveIn(aside, folder);
