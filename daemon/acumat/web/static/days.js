// The calendar: 28 days, a year, the sessions of a day, and one session (session.js).
import { h, isNumber } from "./dom.js";
import { asking, dayWords, minutes, momentIn, clockIn, plots, plusDays, read, timeIn, when } from "./past.js";
import { everybody, nameOf, person, whose } from "./people.js";
import { session } from "./session.js";
import { learnMore, number, t } from "./words.js";

export const ready = learnMore;

const SPAN = 28;

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

export function days(live, { again }, [what, id] = []) {
  const element = h("div", {});
  const show = (people) => {
    const view = what === "s" ? session(id, people) : isDay(what) ? day(what, people, again)
      : what === "year" ? year(people, again) : calendar(people, again);
    element.replaceChildren(...view.filter((each) => each !== null));
  };
  element.append(when(everybody(), () => []));
  everybody().then(show).catch(() => {});
  return { title: t("nav.days"), element, update: () => {} };
}

function views(current) {
  return h("p", { class: "row" }, ...[["", "days.month"], ["year", "days.year"]].map(([to, key]) =>
    h("a", { class: "tab", href: to ? `#days/${to}` : "#days", "aria-current": to === current ? "true" : null }, t(key))));
}

function calendar(people, again) {
  return [views(""), whose(people, true, again), when(read("list", { by: "day", last: SPAN + 7, ...person(people) }), (answer) => {
    const by = new Map(answer.days.map((each) => [each.day, each]));
    const first = plusDays(answer.today, 1 - SPAN);
    const shown = answer.days.filter((each) => each.day >= first);
    const total = shown.reduce((sum, each) => sum + (each.minutes ?? 0), 0);
    return [h("section", { class: "card" },
      h("h2", {}, t("days.last28")), grid(first, answer.today, by),
      h("p", {}, t("days.sum", { days: number(shown.length), minutes: number(total) })), h("p", { class: "soft" }, t("days.key"))),
    adding(answer, again)];
  })];
}

function grid(first, today, by) {
  const monday = plusDays(first, -((new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7));
  const names = Array.from({ length: 7 }, (_, at) => plusDays(monday, at));
  const head = h("tr", {}, ...names.map((each) => h("th", { scope: "col" },
    h("span", { "aria-hidden": "true" }, dayWords(each, { weekday: "short" })), h("span", { class: "unseen" }, dayWords(each, { weekday: "long" })))));
  const rows = [];
  for (let start = monday; start <= today; start = plusDays(start, 7)) {
    rows.push(h("tr", {}, ...names.map((_, at) => cell(plusDays(start, at), first, today, by))));
  }
  return h("table", { class: "calendar" }, h("caption", { class: "unseen" }, t("days.last28")), h("thead", {}, head), h("tbody", {}, ...rows));
}

function cell(of, first, today, by) {
  if (of < first || of > today) return h("td", {});
  const found = by.get(of);
  const lain = isNumber(found?.minutes) ? found.minutes : 0;
  const spoken = lain > 0 ? t("days.cell", { day: dayWords(of), minutes: number(lain) }) : t("days.cell.none", { day: dayWords(of) });
  const level = lain <= 0 ? "none" : lain < 15 ? "some" : "more";
  return h("td", {}, h("a", { class: `day ${level}`, href: `#days/${of}`, "aria-current": of === today ? "date" : null },
    h("span", { "aria-hidden": "true" }, String(Number(of.slice(8)))), h("b", { "aria-hidden": "true" }, lain > 0 ? `${number(lain)}′` : "·"),
    h("span", { class: "unseen" }, spoken)));
}

function year(people, again) {
  return [views("year"), whose(people, true, again), when(read("list", { by: "month", last: 12, ...person(people) }), (answer) =>
    h("section", { class: "card" }, h("h2", {}, t("days.year")), plots({ what: "year", ...person(people) }), h("h3", {}, t("days.by_month")),
      h("ul", { class: "plain" }, ...[...answer.months].reverse().map((each) => h("li", {},
        h("b", {}, dayWords(each.month, { month: "long", year: "numeric" })), ": ",
        t("mat.sum", { sessions: number(each.sessions), minutes: number(each.minutes) }))), answer.months.length ? null : h("li", {}, t("days.none")))))];
}

function day(of, people, again) {
  return [h("p", { class: "row" }, h("a", { class: "tab", href: `#days/${plusDays(of, -1)}` }, t("days.before")), h("a", { class: "tab", href: "#days" }, t("days.month")),
    h("a", { class: "tab", href: `#days/${plusDays(of, 1)}` }, t("days.after"))), whose(people, true, again),
  when(read("list", { day: of, last: 50, ...person(people) }), (answer) => [
    h("section", { class: "card" }, h("h2", {}, dayWords(of, { weekday: "long", day: "numeric", month: "long", year: "numeric" })),
      h("ul", { class: "plain" }, ...answer.sessions.map((each) => line(each, people)), answer.sessions.length ? null : h("li", {}, t("days.none")))),
    adding(answer, again, of)])];
}

function line(each, people) {
  const felt = isNumber(each.calm_before) || isNumber(each.calm_after)
    ? t("days.calm", { before: isNumber(each.calm_before) ? number(each.calm_before) : "–", after: isNumber(each.calm_after) ? number(each.calm_after) : "–" }) : null;
  const marks = [people.length > 1 && each.person ? nameOf(each.person) : null, each.guest ? t("people.guest") : null, each.guessed ? t("people.guess") : null,
    each.source === "added" ? t("session.added") : null, felt].filter(Boolean);
  return h("li", {}, h("a", { class: "go-on", href: `#days/s/${each.session_id}` },
    h("time", {}, timeIn(each.zone, each.started_at)), " ", t("days.session", { minutes: number(minutes(each.contact_s) ?? 0) })),
  marks.length ? h("span", { class: "soft" }, ` ${marks.join(", ")}`) : null);
}

// A session that the mat has not measured.
function adding({ zone, today }, again, of = today) {
  const now = clockIn(zone, Date.now());
  const evening = `${of}T20:00`;
  const at = h("input", { type: "datetime-local", id: "add-at", value: evening < now ? evening : now, max: now, required: true });
  const lain = h("input", { type: "number", id: "add-minutes", min: "1", max: "1440", step: "1", value: "15", inputmode: "numeric", required: true });
  const form = h("form", { onsubmit: (event) => event.preventDefault() },
    h("p", {}, h("label", { for: "add-at" }, t("session.began")), h("br"), at), h("p", {}, h("label", { for: "add-minutes" }, t("session.minutes")), h("br"), lain),
    asking(t("days.add"), () => (form.reportValidity() ? t("days.add.ask", { day: dayWords(at.value.slice(0, 10)), minutes: lain.value }) : null),
      () => read("add", { at: momentIn(zone, at.value), minutes: Number(lain.value) }), again, "go"));
  return h("details", { class: "card" }, h("summary", {}, t("days.add.title")), h("p", { class: "soft" }, t("days.add.text")), form);
}

