// A browser under remote control: `node play.mjs CHROMIUM`.
// A line in is ["open", URL] for a page with hls.js on that playlist, or [NAME, ...ARGUMENTS] of a function
// of page.js; a line out is {"value": ...} or {"failed": MESSAGE}. The end of the input ends it.

import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", // tests run as root in containers
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
  "--mute-audio",
];
const beside = (path) => fileURLToPath(new URL(path, import.meta.url));
const browser = await chromium.launch({ executablePath: process.argv[2], args: ARGUMENTS });
let page;

// An empty page of the same origin as the playlist: nothing is written beside what is served.
async function open(url, config) {
  await page?.close();
  page = await browser.newPage();
  const address = new URL("/viewer", url).href;
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto(address);
  await page.addScriptTag({ path: beside("node_modules/hls.js/dist/hls.js") });
  await page.addScriptTag({ path: beside("page.js") });
  return call("open", url, config ?? {});
}

const call = (name, ...rest) => page.evaluate(([name, rest]) => window.viewer[name](...rest), [name, rest]);

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...rest] = JSON.parse(line);
  try {
    const value = name === "open" ? await open(...rest) : await call(name, ...rest);
    process.stdout.write(`${JSON.stringify({ value })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: error.message })}\n`);
  }
}
await browser.close();
