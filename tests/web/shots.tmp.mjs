import { chromium } from "playwright-core";
const [base, out, key, ...paths] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync","--autoplay-policy=no-user-gesture-required","--mute-audio"] });
for (const [name, viewport, scheme] of [["desk-light",{width:1360,height:860},"light"],["desk-dark",{width:1360,height:860},"dark"],["phone-light",{width:390,height:844},"light"],["phone-dark",{width:390,height:844},"dark"]]) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, deviceScaleFactor: name.startsWith("phone") ? 2 : 1, hasTouch: name.startsWith("phone") });
  const page = await context.newPage();
  page.on("console", m => console.log(name, m.type(), m.text()));
  page.on("pageerror", e => console.log(name, "ERR", e.message));
  page.on("requestfailed", r => console.log(name, "FAILED", r.url(), r.failure()?.errorText));
  page.on("response", r => { if (r.status() >= 400) console.log(name, r.status(), r.url()); });
  if (key !== "-") { await page.goto(base + "/sign-in"); const r = await page.evaluate(async k => (await fetch("/api/session",{method:"POST",headers:{"Content-Type":"application/json"},body:JSON.stringify({key:k})})).status, key); if (r>=300) console.log("signin", r); }
  for (const path of paths) {
    await page.goto(base + path, { waitUntil: "load" });
    await page.waitForTimeout(1200);
    const slug = path.replace(/[^a-z0-9]+/gi, "_") || "root";
    await page.screenshot({ path: `${out}/${slug}-${name}.png`, fullPage: name.startsWith("phone") });
  }
  await context.close();
}
await browser.close();
