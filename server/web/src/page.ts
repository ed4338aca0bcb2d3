// Small things that every page uses.

/** The one element that matches; pages are written with their scripts, so it is there. */
export function one<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** A copy of a `<template>`'s one element. */
export function copy(id: string): HTMLElement {
  const template = one<HTMLTemplateElement>(`template#${id}`);
  const [element] = (template.content.cloneNode(true) as DocumentFragment).children;
  if (!(element instanceof HTMLElement)) throw new Error(`template ${id} is empty`);
  return element;
}

/** 1:02:03, as players write times. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 12.3 MB. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const value = bytes / 1000 ** step;
  return `${value.toFixed(step && value < 100 ? 1 : 0)} ${units[step]}`;
}

/** "about 3 min left", or nothing where nobody can say. */
export function remaining(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

/** What a problem response (RFC 9457) says to people. */
export async function problem(response: Response): Promise<string> {
  try {
    return said(await response.text()) || `the server answered ${response.status}`;
  } catch {
    return `the server answered ${response.status}`;
  }
}

/** The text of a problem response's body; "" where it is none. */
export function said(body: string): string {
  try {
    const { detail, title, hint } = JSON.parse(body) as Record<string, string>;
    return [detail || title, hint].filter(Boolean).join(": ");
  } catch {
    return "";
  }
}

/** localStorage that may be full, or forbidden: forgetting is no fault. */
export const memory = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // nothing is kept
    }
  },
};
