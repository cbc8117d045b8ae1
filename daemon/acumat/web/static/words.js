import { h, memory } from "./dom.js";

export const LANGUAGES = { en: "English", de: "Deutsch", sv: "Svenska" };
export let language = "en";
const parts = ["words"];
let texts = {};

// The words of a language; `more` names parts beside the first one.
export async function learn(wanted, ...more) {
  language = wanted in LANGUAGES ? wanted : "en";
  parts.push(...more);
  texts = Object.assign({}, ...await Promise.all(parts.map(fetched)));
  document.documentElement.lang = language;
}

// The words of pages that are not the first one.
export async function learnMore() {
  if (!parts.includes("more")) parts.push("more");
  texts = { ...texts, ...await fetched("more") };
}

async function fetched(part) {
  const answer = await fetch(new URL(`${part}-${language}.json`, import.meta.url));
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

export function chooser(onLanguage) {
  const options = Object.entries(LANGUAGES).map(([code, name]) => h("option", { value: code, lang: code, selected: code === language }, name));
  return h("p", {}, h("label", { for: "language" }, t("language")), " ",
    h("select", { id: "language", onchange: (event) => onLanguage(event.target.value) }, ...options));
}

export function preferred() {
  const kept = memory.get("language");
  if (kept in LANGUAGES) return kept;
  const wanted = navigator.languages.map((each) => each.slice(0, 2).toLowerCase());
  return wanted.find((each) => each in LANGUAGES) ?? "en";
}

export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "–");
}

export function known(key) {
  return key in texts;
}

// The reader's own way to write figures, as far as it is one of this language: British English has no PM.
export function locale() {
  return navigator.languages.find((each) => each.slice(0, 2).toLowerCase() === language) ?? language;
}

export function number(value, digits = 0) {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

export function clockTime(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

// A sentence of the daemon, which speaks English: the element says so to a screen reader.
export function quote(element, text) {
  element.lang = "en";
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
}
