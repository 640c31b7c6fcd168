// Everything on the page is made here, from text: nothing that came from outside is ever read as markup.

/** Makes an element. `attributes` are set as they are, but for `on`, which holds listeners; `children` may be strings. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children);
  return element;
}

export const find = (id) => document.getElementById(id);

const names = {
  language: new Intl.DisplayNames(["en"], { type: "language", fallback: "code" }),
  script: new Intl.DisplayNames(["en"], { type: "script", fallback: "code" }),
};

/** The English name of a language tag or a script code; itself where there is none. */
export function nameOf(kind, code) {
  if (code === "und") return "Not known";
  if (code === "Zyyy") return "no letters";
  try {
    return names[kind].of(code);
  } catch {
    return code;
  }
}

export const percent = (share) => {
  // 99.97 % is not 100 %.
  const digits = share > 0.99 && share < 1 ? 2 : 0;
  return `${(Math.floor(share * 100 * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
};

export const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/**
 * Shows something while the pointer or the focus is on `button`, and keeps it shown after a click until the next one.
 * `pins` is shared by the buttons of which one can be pinned at a time.
 */
export function reveal(button, pins, show, hide) {
  button.setAttribute("aria-pressed", "false");
  const settle = () => (pins.now ? pins.now.show() : hide());
  const own = { show, button };
  button.addEventListener("pointerenter", show);
  button.addEventListener("focus", show);
  button.addEventListener("pointerleave", settle);
  button.addEventListener("blur", settle);
  button.addEventListener("click", () => {
    const pinned = pins.now === own;
    pins.now?.button.setAttribute("aria-pressed", "false");
    pins.now = pinned ? undefined : own;
    if (!pinned) {
      button.setAttribute("aria-pressed", "true");
      show();
    }
  });
}
