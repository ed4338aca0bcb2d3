// A browser under remote control, for pages: `node browse.mjs CHROMIUM`.
// A line in is [NAME, ...ARGUMENTS] of a function below; a line out is {"value": ...} or {"failed": MESSAGE}.
// What no page may do (run or load what its policy forbids, ask other hosts, fail in a script) is written down
// for `seen`. The end of the input ends it.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium, devices } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", // tests run as root in containers
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--mute-audio",
];
const PATIENCE_MS = 120_000;
const AXE = fileURLToPath(new URL("node_modules/axe-core/axe.min.js", import.meta.url));
const SHAPES = { desktop: { viewport: { width: 1360, height: 860 } }, phone: devices["iPhone 15"] };
const browser = await chromium.launch({ executablePath: process.argv[2], args: ARGUMENTS });
let context, page, network, noted;

function watch(opened) {
  opened.on("request", (request) => noted.addresses.add(new URL(request.url()).origin));
  opened.on("pageerror", (error) => noted.errors.push(error.message));
  opened.on("console", (said) => {
    if (/Content.Security.Policy/i.test(said.text())) noted.violations.push(said.text());
  });
  opened.on("dialog", (dialog) => void dialog.accept());
}

const functions = {
  // A new profile: nobody is signed in, nothing is remembered.
  async profile(shape = "desktop", colorScheme = "light", more = {}) {
    await context?.close();
    noted = { addresses: new Set(), errors: [], violations: [] };
    const { defaultBrowserType: _, ...options } = SHAPES[shape];
    context = await browser.newContext({ ...options, colorScheme, ...more });
    await context.addInitScript(() => {
      window.shifts = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    watch(page);
    network = await context.newCDPSession(page);
  },
  async goto(url) {
    const response = await page.goto(url);
    return response.status();
  },
  reload: async () => void (await page.reload()),
  back: async () => void (await page.goBack()),
  url: () => page.url(),
  click: (selector) => page.click(selector),
  async hover(selector, x, y) {
    const box = await page.locator(selector).first().boundingBox();
    await page.mouse.move(box.x + x, box.y + y, { steps: 3 });
  },
  // From one place within an element to another, with the button held.
  async drag(selector, [x, y], [toX, toY]) {
    const box = await page.locator(selector).first().boundingBox();
    await page.mouse.move(box.x + x, box.y + y);
    await page.mouse.down();
    await page.mouse.move(box.x + toX, box.y + toY, { steps: 8 });
    await page.mouse.up();
  },
  fill: (selector, text) => page.fill(selector, text),
  type: (text) => page.keyboard.type(text),
  press: (key) => page.keyboard.press(key),
  files: (selector, ...paths) => page.setInputFiles(selector, paths),
  text: (selector) => page.innerText(selector),
  evaluate: (expression) => page.evaluate(expression),
  // Asked from outside: the pages' policy lets nothing be evaluated within them.
  async until(expression, what) {
    const patience = performance.now() + PATIENCE_MS;
    let failed = "never true";
    while (performance.now() < patience) {
      try {
        if (await page.evaluate(`Boolean(${expression})`)) return;
      } catch (error) {
        failed = error.message; // between two pages there may be nothing to ask
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    throw new Error(`${what ?? expression}: ${failed}\n${page.url()}\n${await page.innerText("body")}`);
  },
  // Bits a second, down and up; 0 for no limit.
  throttle: (bps) =>
    network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: bps ? 20 : 0,
      downloadThroughput: bps ? bps / 8 : -1,
      uploadThroughput: bps ? bps / 8 : -1,
    }),
  shot: (path, fullPage = false) => page.screenshot({ path, fullPage, animations: "disabled" }),
  // What axe-core finds wrong in the page, or in one element of it: rule, and where.
  async axe(selector) {
    await page.evaluate(readFileSync(AXE, "utf8"));
    const { violations } = await page.evaluate(`axe.run(${JSON.stringify(selector ?? "html")})`);
    return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((n) => n.target.join(" ")).join(", ")}`);
  },
  seen: () => ({ ...noted, addresses: [...noted.addresses] }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...rest] = JSON.parse(line);
  try {
    const value = (await functions[name](...rest)) ?? null;
    process.stdout.write(`${JSON.stringify({ value })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: error.message })}\n`);
  }
}
await browser.close();
