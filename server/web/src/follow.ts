// How far the work on an asset is, for as long as it goes on.

export interface Step {
  readonly state: string;
  /** 0 to 1; 1 only when it can be watched. */
  readonly progress: number;
  readonly reason: string;
}

const AT_LEAST_MS = 500;
const AT_MOST_MS = 8_000;
export const OVER: ReadonlySet<string> = new Set(["published", "held", "refused", "failed", "interrupted", "cancelled"]);
/** Events after which an asset is another: what it is now, is asked of it. */
const CHANGES = [
  "asset-created", "asset-published", "asset-held", "asset-refused", "asset-removed", "ladder-planned", "job-failed",
  "job-cancelled", "job-requeued", "job-released", "worker-died",
] as const;

/**
 * Tell where the work stands, now and whenever that changes, until it is over; and that there is a preview.
 *
 * Without the server's events (a proxy may swallow them) the asset is asked now and then.
 */
export function follow(asset: string, tell: (step: Step) => void, previewed = (): void => undefined): void {
  const events = new EventSource(`/api/events?asset_id=${encodeURIComponent(asset)}`);
  let asking = false, again = false, over = false, asked = -AT_LEAST_MS, timer = 0;

  const soon = (): void => {
    if (over) return;
    if (asking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void now(), Math.max(0, asked + AT_LEAST_MS - performance.now()));
  };
  const now = async (): Promise<void> => {
    [asking, again, asked] = [true, false, performance.now()];
    try {
      const step = await ask(asset);
      over = OVER.has(step.state);
      tell(step);
    } catch {
      // the server is gone for a moment: asked again below
    }
    asking = false;
    if (over) events.close();
    else if (again) soon();
    else timer = setTimeout(() => void now(), AT_MOST_MS);
  };

  events.addEventListener("job-progressed", ({ data }: MessageEvent<string>) => {
    const { progress } = (JSON.parse(data) as { event: { progress: number } }).event;
    if (over || progress >= 1) soon();
    else tell({ state: "working", progress, reason: "" });
  });
  for (const name of CHANGES) events.addEventListener(name, soon);
  events.addEventListener("preview-published", previewed);
  events.onopen = soon; // what happened before, or while the line was broken
  soon();
}

async function ask(asset: string): Promise<Step> {
  const response = await fetch(`/api/assets/${encodeURIComponent(asset)}`, { headers: { Accept: "application/json" } });
  if (response.status === 404 || response.status === 410) return { state: "cancelled", progress: 0, reason: "" };
  if (!response.ok) throw new Error(String(response.status));
  const { state, progress, reason } = (await response.json()) as Partial<Step>;
  return { state: state ?? "", progress: progress ?? 0, reason: reason ?? "" };
}

/** What a state is called. */
export function words({ state, progress, reason }: Step): string {
  switch (state) {
    case "queued":
      return "Waiting for its turn";
    case "working":
      return progress > 0 ? "Encoding" : "Looking at the file";
    case "published":
      return "Ready to watch";
    case "held":
      return "Held: a moderator will look at it";
    case "refused":
      return `Refused${reason ? `: ${reason}` : ""}`;
    case "failed":
      return `Failed${reason ? `: ${reason}` : ""}`;
    default:
      return "Stopped";
  }
}

export const percent = (progress: number): string => `${Math.floor(progress * 100)} %`;
