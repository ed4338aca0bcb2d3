// Light or dark: as the notebook's theme says, else as the system does.

/** Follow it, and call back after every change. */
export function followTheme(host: HTMLElement, changed: () => void, signal: AbortSignal): void {
  const { body } = document;
  const follow = () => {
    const wanted = scheme(body);
    if (host.style.colorScheme === wanted) return;
    host.style.colorScheme = wanted;
    changed();
  };
  const seen = new MutationObserver(follow);
  seen.observe(body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  signal.addEventListener("abort", () => seen.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  follow();
}

function scheme({ dataset }: HTMLElement): string {
  const jupyter = dataset["jpThemeLight"];
  if (jupyter !== undefined) return jupyter === "false" ? "dark" : "light";
  const code = dataset["vscodeThemeKind"];
  if (code !== undefined) return /light/.test(code) ? "light" : "dark";
  return "light dark";
}
