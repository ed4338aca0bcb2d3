// What both bundles, the server's pages and the notebook's views, do beside bundling. Run in a bundle's folder.

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** The licences of every package that is in the bundle. */
export async function licences({ inputs }) {
  const packages = new Set();
  for (const input of Object.keys(inputs)) {
    const [, name] = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/) ?? [];
    if (name) packages.add(name);
  }
  const texts = [];
  for (const name of [...packages].sort()) {
    const file = (await readdir(join("node_modules", name))).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? await readFile(join("node_modules", name, file), "utf8") : "";
    const { license } = JSON.parse(await readFile(join("node_modules", name, "package.json"), "utf8"));
    texts.push(`${name} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join("\n----\n\n");
}

/** An empty folder beside the one that is to be made. */
export async function beside(folder) {
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  return aside;
}

/** Put what was made aside in its place, the manifest last: it says that all is there. */
export async function moveIn(aside, folder) {
  await mkdir(folder, { recursive: true });
  await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true })));
  for (const name of (await readdir(aside)).sort((a) => (a === "manifest.json" ? 1 : -1))) {
    await rename(join(aside, name), join(folder, name));
  }
  await rm(aside, { recursive: true });
}
