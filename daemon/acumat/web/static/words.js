import { h, memory } from "./dom.js";

export const LANGUAGES = { en: "English", de: "Deutsch", sv: "Svenska" };
export let language = "en";
const parts = ["words"];
let texts = {};

// The words of a language; `more` names parts beside the first one.
export async function learn(wanted, ...more) {
  language = Object.hasOwn(LANGUAGES, wanted) ? wanted : "en";
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
  if (Object.hasOwn(LANGUAGES, kept)) return kept;
  const wanted = navigator.languages.map((each) => each.slice(0, 2).toLowerCase());
  return wanted.find((each) => Object.hasOwn(LANGUAGES, each)) ?? "en";
}

export function t(key, values = {}) {
  const text = known(key) ? texts[key] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "–");
}

export function known(key) {
  return Object.hasOwn(texts, key);
}

// The reader's own way to write figures, as far as it is one of this language: British English has no PM.
export function locale() {
  return navigator.languages.find((each) => each.slice(0, 2).toLowerCase() === language && isLocale(each)) ?? language;
}

// A system without a language of its own has a name such as en-US@posix, which no date can be written by.
function isLocale(name) {
  try { return Intl.getCanonicalLocales(name).length > 0; } catch { return false; }
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
