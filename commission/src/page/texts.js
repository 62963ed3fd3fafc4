// The words of the page, in the language that the server chose.

const texts = await fetch("/texts.json", { cache: "no-store" })
  .then((answer) => (answer.ok ? answer.json() : {}))
  .catch(() => ({}));

/** The text of a key with {name} replaced; for textContent and attributes, never for markup. */
export function text(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const language = document.documentElement.lang || "en";

export const number = (value, digits = 1) => value.toLocaleString(language, { maximumFractionDigits: digits });

/** Milliseconds as seconds, such as "1.5 s". */
export const seconds = (milliseconds) => `${number(milliseconds / 1000, 3)}\u00a0s`;

/** A fraction as "12.3 %". */
export const percent = (fraction) =>
  `${(fraction * 100).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}\u00a0%`;

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text stays text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Says a sentence in a live region: what went well, or with a tone `bad` or `warn`. */
export function say(place, sentence, tone = "") {
  const region = typeof place === "string" ? byId(place) : place;
  region.textContent = sentence;
  region.classList.toggle("bad", tone === "bad");
  region.classList.toggle("warn", tone === "warn");
}
