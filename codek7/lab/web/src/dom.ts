// Elements, built from parts. Text is only ever set as text.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; attributes that are false or undefined are left out. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/** An SVG element. */
export function draw<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A button that says what it does, with the key that does the same. */
export function button(label: string, act: () => void, key?: string, more: Attributes = {}): HTMLButtonElement {
  const title = key ? `${label} (${key})` : label;
  const element = make("button", { type: "button", title, ...more }, label);
  element.addEventListener("click", act);
  return element;
}

/** A number under its name. */
export function figure(name: string): { readonly box: HTMLElement; show(value: string, tone?: string): void } {
  const value = make("dd", {}, "–");
  const box = make("div", { class: "figure" }, make("dt", {}, name), value);
  return {
    box,
    show(text, tone) {
      if (value.textContent !== text) value.textContent = text;
      set(value, { "data-tone": tone });
    },
  };
}
