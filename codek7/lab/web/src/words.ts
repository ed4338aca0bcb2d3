// Numbers as people read them; the same as codek7/lab/views/words.py.

export function rate(bps: number): string {
  if (bps < 999_500) return `${(bps / 1e3).toFixed(0)} kb/s`;
  return `${(bps / 1e6).toFixed(bps < 9.995e6 ? 2 : 1)} Mb/s`;
}

/** For an axis: no more digits than the number has. */
export function roundRate(bps: number): string {
  return bps < 1e6 ? `${Number((bps / 1e3).toPrecision(3))} kb/s` : `${Number((bps / 1e6).toPrecision(3))} Mb/s`;
}

export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e3).toFixed(0)} kB`;
}

export function percent(value: number): string {
  const shown = Math.abs(value).toFixed(1);
  return `${value < 0 && Number(shown) > 0 ? "−" : "+"}${shown} %`;
}

export function signed(value: number, digits = 1): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

export function clock(seconds: number, digits = 0): string {
  const whole = Math.floor(seconds);
  const pad = (part: number) => String(part).padStart(2, "0");
  const fraction = digits ? (seconds - whole).toFixed(digits).slice(1) : "";
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(whole % 60)}${fraction}`;
  return hours ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

export function crf(value: number): string {
  return `CRF ${Number(value.toFixed(2))}`;
}
