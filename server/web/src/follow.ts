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

/**
 * Tell where the work stands, now and whenever that changes, until it is over.
 *
 * The server's events say that something happened; what is true then is asked of the asset itself. Without events
 * (a proxy may swallow them) it is asked now and then.
 */
export function follow(asset: string, tell: (step: Step) => void): () => void {
  const events = new EventSource(`/api/events?asset=${encodeURIComponent(asset)}`);
  let asking = false, again = false, over = false, asked = 0, timer = 0;

  const stop = (): void => {
    over = true;
    clearTimeout(timer);
    events.close();
  };
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
    asking = true;
    again = false;
    asked = performance.now();
    try {
      const step = await ask(asset);
      if (over) return;
      tell(step);
      if (OVER.has(step.state)) stop();
    } catch {
      // the server is gone for a moment: asked again below
    }
    asking = false;
    if (over) return;
    if (again) soon();
    else timer = setTimeout(() => void now(), AT_MOST_MS);
  };

  events.onopen = soon;
  events.onmessage = soon;
  soon();
  return stop;
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
