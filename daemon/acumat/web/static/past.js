// What the pages about the past share: reading, days and times as the daemon's zone has them, a question before a change.
import { answerText, ask, command, SignedOut } from "./api.js";
import { h, isNumber, say } from "./dom.js";
import { language, locale, t } from "./words.js";

for (const name of ["plots.css", "past.css"]) {
  document.head.append(h("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href }));
}

export const read = (name, values) => command(`history_${name}`, values);

// A part of a page that is there once its answer is: `make` gets the answer and gives elements.
export function when(answered, make) {
  const element = h("div", {}, h("p", { class: "soft", role: "status" }, t("past.reading")));
  answered.then((answer) => element.replaceChildren(...(answer.ok ? [make(answer)].flat() : [h("p", { role: "status" }, answerText(answer))])))
    .catch((error) => element.replaceChildren(h("p", { role: "status" }, t(error instanceof SignedOut ? "past.signed_out" : "past.unreadable"))));
  return element;
}

function formatted(date, options) {
  try {
    return new Intl.DateTimeFormat(locale(), options).format(date);
  } catch { // a zone that this browser does not know
    return new Intl.DateTimeFormat(locale(), { ...options, timeZone: undefined }).format(date);
  }
}

// A day such as 2026-11-24 has no zone.
export function dayWords(day, options = { weekday: "long", day: "numeric", month: "long" }) {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? day || "–" : formatted(date, { ...options, timeZone: "UTC" });
}

export function timeIn(zone, at, options = { hour: "2-digit", minute: "2-digit" }) {
  const date = new Date(at ?? NaN);
  return Number.isNaN(date.getTime()) ? "–" : formatted(date, { ...options, timeZone: zone || undefined });
}

const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

// What a clock of that zone shows, as 2026-11-24T22:31.
export function clockIn(zone, at) {
  if (at === null || Number.isNaN(new Date(at).getTime())) return "";
  let parts;
  try {
    parts = new Intl.DateTimeFormat("en", { ...PARTS, timeZone: zone || undefined }).formatToParts(new Date(at));
  } catch {
    parts = new Intl.DateTimeFormat("en", PARTS).formatToParts(new Date(at));
  }
  const of = Object.fromEntries(parts.map((each) => [each.type, each.value]));
  return `${of.year.padStart(4, "0")}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
}

// And back: the moment at which a clock of that zone shows this; null for what is none.
export function momentIn(zone, clock) {
  const wanted = Date.parse(`${clock}Z`);
  if (Number.isNaN(wanted)) return null;
  let moment = wanted;
  for (let turn = 0; turn < 2; turn += 1) moment += wanted - Date.parse(`${clockIn(zone, moment)}Z`);
  return Number.isNaN(moment) ? null : new Date(moment).toISOString();
}

export function plusDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 864e5 * days).toISOString().slice(0, 10);
}

// A button that asks before it acts. `act` gives the daemon's answer; `then` is called when it was done.
export function asking(text, question, act, then = () => {}, kind = "warn") {
  const said = h("p", { role: "status" });
  const begin = h("button", { type: "button", onclick: () => turn(true) }, text);
  const yes = h("button", { type: "button", class: kind, onclick: async () => {
    yes.disabled = true;
    let answer;
    try { answer = await act(); } finally { yes.disabled = false; }
    turn(false);
    say(said, answerText(answer));
    if (answer.ok) then(answer);
  } }, text);
  const sure = h("span");
  const asked = h("div", { hidden: true, class: "sure" }, h("p", {}, sure),
    h("div", { class: "row" }, yes, h("button", { type: "button", onclick: () => turn(false) }, t("now.back"))));
  function turn(open) {
    const words = open ? question() : "";
    if (open && words === null) return;
    say(sure, words ?? "");
    asked.hidden = !open;
    begin.hidden = open;
    (open ? yes : begin).focus();
  }
  return h("div", { class: "asking" }, begin, asked, said);
}

// A button that saves a file of the page's own by way of the browser, and says in `said` how it went.
export function saving(text, path, name, said, onSignedOut) {
  return h("button", { class: "wide", onclick: async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    say(said, t("take.making"));
    try {
      const answer = await fetch(path(), { cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) { onSignedOut(); return; }
      if (!answer.ok) { say(said, answerText(await answer.json())); return; }
      const url = URL.createObjectURL(await answer.blob());
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60e3);
      say(said, t("take.made", { name }));
    } catch {
      say(said, t("link.lost"));
    } finally {
      button.disabled = false;
    }
  } }, text);
}

// A plot with its table. The picture comes as SVG and is read as XML: no script in it would run.
export function figure({ title, svg, note, table }) {
  const picture = document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
  const head = h("tr", {}, ...table.columns.map((each) => h("th", { scope: "col" }, each)));
  const rows = table.rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), ...rest.map((each) => h("td", {}, each || " "))));
  return h("figure", { class: "plot" }, h("figcaption", {}, title), picture, note ? h("p", { class: "note" }, note) : null,
    h("details", {}, h("summary", {}, t("past.table"), h("span", { class: "unseen" }, `: ${title}`)),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
        h("table", {}, h("caption", {}, title), h("thead", {}, head), h("tbody", {}, ...rows)))));
}

export function plots(wish) {
  const query = new URLSearchParams({ ...wish, language });
  const leaving = new AbortController(); // a drawing that nobody waits for any more is given up, and makes room for the next one
  window.addEventListener("hashchange", () => leaving.abort(), { once: true });
  return when(ask(`/api/plots?${query}`, undefined, leaving.signal), (answer) => {
    const drawn = answer.plots.map(figure);
    return drawn.length ? h("div", { class: "figures" }, ...drawn) : h("p", { class: "soft" }, t("past.no_plots"));
  });
}

export const minutes = (contact_s) => (isNumber(contact_s) ? Math.round(contact_s / 60) : null);
