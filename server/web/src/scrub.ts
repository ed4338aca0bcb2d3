// A poster under the pointer becomes the storyboard's tile for that part of the film.

interface Tile {
  readonly sheet: string;
  readonly box: readonly [number, number, number, number];
}

const boards = new Map<string, Promise<readonly Tile[]>>();
const sheets = new Map<string, Promise<HTMLImageElement>>();

/** Follow the pointer over every card in this element, also those that come later. */
export function scrubbing(shelf: HTMLElement): void {
  shelf.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || !(event.target instanceof Element)) return;
    const poster = event.target.closest(".card")?.querySelector<HTMLElement>("[data-storyboard]");
    if (!poster) return;
    const { left, width } = poster.getBoundingClientRect();
    const part = Math.min(0.999, Math.max(0, (event.clientX - left) / width));
    void show(poster, part).catch(() => undefined); // without its storyboard a poster stays a poster
  });
  shelf.addEventListener("pointerout", (event) => {
    if (!(event.target instanceof Element)) return;
    const card = event.target.closest(".card");
    if (card && !(event.relatedTarget instanceof Node && card.contains(event.relatedTarget))) {
      card.querySelector("canvas")?.remove();
      card.querySelector<HTMLElement>("[data-storyboard]")?.removeAttribute("data-part");
    }
  });
}

async function show(poster: HTMLElement, part: number): Promise<void> {
  poster.dataset["part"] = String(part);
  const url = poster.dataset["storyboard"] ?? "";
  const tiles = await kept(boards, url, readBoard);
  const tile = tiles[Math.floor(part * tiles.length)];
  if (!tile) return;
  const sheet = await kept(sheets, tile.sheet, load);
  if (poster.dataset["part"] !== String(part)) return; // the pointer has gone on
  const canvas = poster.querySelector("canvas") ?? poster.appendChild(document.createElement("canvas"));
  const [x, y, width, height] = tile.box;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.drawImage(sheet, x, y, width, height, 0, 0, width, height);
}

function kept<T>(cache: Map<string, Promise<T>>, url: string, get: (url: string) => Promise<T>): Promise<T> {
  const found = cache.get(url) ?? get(url);
  cache.set(url, found);
  return found;
}

async function readBoard(url: string): Promise<readonly Tile[]> {
  const response = await fetch(url);
  if (!response.ok) return [];
  const found = (await response.text()).matchAll(/^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm);
  return [...found].map(([, name = "", x, y, w, h]) => ({
    sheet: new URL(name, new URL(url, location.href)).href,
    box: [Number(x), Number(y), Number(w), Number(h)],
  }));
}

async function load(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
