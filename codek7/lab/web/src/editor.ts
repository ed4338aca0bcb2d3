// A ladder's rows: codek7.lab.views.LadderEditor.

import { button, figure, make } from "./dom";
import { type Acts, Row } from "./editor/row";
import type { Review, Scene, Violation } from "./editor/scene";
import { newest, type View, widget } from "./view";
import { percent, size } from "./words";
import styles from "../styles/editor.css";

const SETTLED_MS = 120;

export default widget<Scene>(styles, (view) => {
  const { scene, root } = view;
  const { places, on_front } = scene;
  const figures = topFigures(scene);
  const rows = new Rows(view);
  const add = button("Add a rung", () => adds(), "+");
  const broken = make("ul", { class: "broken" });
  const going = make("ul", { class: "going" });
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  root.setAttribute("aria-label", scene.title);
  root.append(
    make(
      "div",
      { class: "header" },
      make("div", {}, make("h2", {}, scene.title), make("p", {}, scene.wishes.join(" · "))),
      figures.box,
    ),
    make("div", { class: "scroll" }, rows.table(scene)),
    trouble,
    make("div", { class: "foot" }, make("div", { class: "said" }, broken, going), add),
  );

  const review = newest<readonly number[], Review>(
    async (picked) => (await view.ask<Review>("review", { picked })).value,
    (said, asked, stale) => {
      trouble.hidden = true;
      figures.show(said, stale);
      if (asked.join() !== picked().join()) return; // its rungs are others by now
      rows.review(said);
      broken.replaceChildren(...said.violations.map(complaint));
      const gone = said.changes.filter(({ kind }) => kind === "removed");
      going.replaceChildren(...gone.map(({ label, detail }) => leaving(label, detail)));
      if (!said.violations.length) broken.append(make("li", { class: "fine" }, "Keeps to the policy"));
    },
    (error) => {
      trouble.textContent = `The ladder could not be reviewed: ${error.message}`;
      trouble.hidden = false;
    },
  );
  const picked = () => rows.rising.map(({ at }) => at);

  let asked = "";
  let settling = 0;
  function changed(): void {
    rows.show();
    figures.count(rows.rising.length);
    clearTimeout(settling);
    settling = setTimeout(tell, SETTLED_MS);
    const now = picked();
    if (now.join() === asked) return;
    asked = now.join();
    review(now);
  }
  function tell(): void {
    const locked = rows.rising.filter((row) => row.locked).map(({ at }) => at);
    view.model.set("_locked", locked);
    view.tell("_picked", picked());
  }

  const acts: Acts = {
    move(row, to) {
      const taken = new Set(rows.rising.filter((other) => other !== row).map(({ at }) => at));
      const onward = Math.sign(to - row.slid) || 1;
      while (taken.has(to) && to + onward >= 0 && to + onward < on_front) to += onward;
      while (taken.has(to) && to > 0) to -= onward;
      row.at = to;
      changed();
    },
    settle: () => rows.arrange(),
    lock(row) {
      row.locked = !row.locked;
      changed();
    },
    remove(row) {
      if (rows.rising.length > 1) rows.remove(row);
      changed();
    },
  };

  /** In the middle of the widest gap in quality. */
  function adds(): void {
    const free = [...places.rates.slice(0, on_front).keys()].filter((at) => !picked().includes(at));
    const scores = picked().map((at) => places.scores[at] ?? 0);
    const gap = (at: number) => Math.min(...scores.map((score) => Math.abs(score - (places.scores[at] ?? 0))));
    if (!free.length) return;
    const best = free.reduce((most, at) => (gap(at) > gap(most) ? at : most));
    rows.add(new Row(scene, best, acts)).focus();
    changed();
  }
  root.addEventListener("keydown", (event) => {
    if (event.key !== "+" || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    adds();
  });
  const hear = () => {
    const told = view.model.get("_picked") as number[];
    if ([...told].sort().join() === [...picked()].sort().join()) return;
    const locked = new Set(view.model.get("_locked") as number[]);
    rows.become(told.map((at) => Object.assign(new Row(scene, at, acts), { locked: locked.has(at) })));
    changed();
  };
  view.hear("_picked", hear);
  hear();
  changed();
});

/** All rows: the highest rate first, as ladders stand. */
class Rows {
  readonly #body = make("tbody");
  #rows: Row[] = [];

  constructor(private readonly view: View<Scene>) {}

  get rising(): readonly Row[] {
    const { rates } = this.view.scene.places;
    return [...this.#rows].sort((a, b) => (rates[a.at] ?? 0) - (rates[b.at] ?? 0));
  }

  table({ metric, production }: Scene): HTMLTableElement {
    const score = metric.split(" ")[0] ?? "";
    const names = ["Rung", "On the front", "CRF", "Rate", score, "above", "Size", production ? "Production" : ""];
    const heads = names.map((name) => make("th", { scope: "col" }, name));
    const end = make("th", { scope: "col" }, make("span", { class: "unseen" }, "Actions"));
    return make("table", {}, make("thead", {}, make("tr", {}, ...heads, end)), this.#body);
  }

  become(rows: Row[]): void {
    this.#rows = rows;
    this.arrange();
  }

  add(row: Row): Row {
    this.become([...this.#rows, row]);
    return row;
  }

  remove(row: Row): void {
    const next = this.rising[Math.max(0, this.rising.indexOf(row) - 1)];
    row.box.remove();
    this.#rows = this.#rows.filter((other) => other !== row);
    next?.focus();
  }

  /** In order; whichever has the focus keeps it. */
  arrange(): void {
    const focused = (this.#body.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    const wanted = [...this.rising].reverse().map(({ box }) => box);
    if (wanted.some((box, at) => this.#body.children[at] !== box)) this.#body.replaceChildren(...wanted);
    if (focused && this.#body.contains(focused)) focused.focus({ preventScroll: true });
  }

  show(): void {
    this.rising.forEach((row, order, all) => row.show(all[order - 1], all.length === 1));
  }

  review({ violations, changes }: Review): void {
    this.rising.forEach((row, order) => {
      row.review(order, violations, changes[order]);
    });
  }
}

function topFigures(scene: Scene) {
  const bd = figure(scene.rival ? `BD-rate to ${scene.rival}` : "BD-rate");
  const [title, storage, cpu, rungs] = [figure("This title"), figure("Storage"), figure("Encoding"), figure("Rungs")];
  const hours = scene.duration_us / 3.6e9;
  return {
    box: make("dl", { class: "figures" }, bd.box, title.box, storage.box, cpu.box, rungs.box),
    show({ judged: { bd_rate, storage_bytes_per_hour, cpu_s_per_hour } }: Review, stale: boolean): void {
      const tone = stale ? "stale" : undefined;
      bd.box.hidden = bd_rate === null;
      bd.show(percent(bd_rate ?? 0), tone ?? ((bd_rate ?? 0) < 0 ? "good" : "bad"));
      title.show(size(storage_bytes_per_hour * hours), tone);
      storage.show(`${size(storage_bytes_per_hour)}/h`, tone);
      cpu.box.hidden = !cpu_s_per_hour;
      cpu.show(duration(cpu_s_per_hour * hours), tone);
    },
    count: (many: number) => rungs.show(String(many)),
  };
}

/** CPU time: "42 s", "12 min", "3.4 h". */
function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s CPU`;
  return seconds < 6000 ? `${(seconds / 60).toFixed(0)} min CPU` : `${(seconds / 3600).toFixed(1)} h CPU`;
}

function complaint({ rule, message }: Violation): HTMLElement {
  return make("li", {}, make("strong", {}, rule), make("span", {}, message));
}

function leaving(label: string, detail: string): HTMLElement {
  return make("li", {}, make("strong", {}, "leaves production"), make("span", {}, `${label}, ${detail}`));
}
