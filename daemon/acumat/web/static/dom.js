// Elements out of a name, attributes and children. Text is always text: nothing here reads HTML.
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(key, value);
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((each) => each !== null && each !== undefined));
  return made;
}

// Writes only what has changed, so that screen readers and selections are left in peace.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A group of radio buttons as one row of large targets.
export function choices(name, legend, options) {
  const labels = options.map(([value, text, hint]) =>
    h("label", {}, h("input", { type: "radio", name, value, "aria-label": hint ? `${text}, ${hint}` : null }), text));
  return h("fieldset", {}, h("legend", {}, legend), h("div", { class: "choices" }, ...labels));
}

export function chosen(group) {
  return group.querySelector(":checked")?.value ?? null;
}

export const memory = {
  get(key) {
    try { return localStorage.getItem(`acumat ${key}`); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(`acumat ${key}`, value); } catch { /* a browser that keeps nothing still shows the mat */ }
  },
};
