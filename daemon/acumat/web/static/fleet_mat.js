// One mat of many: what the record holds of it.
import { ask } from "./api.js";
import { h, isNumber } from "./dom.js";
import { ago, heard, markOf, named } from "./fleet_mats.js";
import { figure, timeIn, when } from "./past.js";
import { known, language, number, t } from "./words.js";

const DATED = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };

export function mat(rest) {
  const id = decoded(rest);
  const element = h("div", {}, h("p", { class: "row" }, h("a", { class: "tab", href: "#mats" }, t("fleet.all"))),
    when(ask(`/api/fleet/${encodeURIComponent(id)}?language=${language}`), (answer) => [
      about(answer), faults(answer), days(answer), gaps(answer), events(answer), sessions(answer),
    ].filter((each) => each !== null)));
  return { title: id, element, update: () => {} };
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function about({ mat, zone }) {
  const dated = (at, seconds) => (at ? `${timeIn(zone, at, { ...DATED, year: "numeric" })}${isNumber(seconds) ? ` (${ago(seconds)})` : ""}` : null);
  const lines = [
    ["id", mat.id], ["site", mat.site], ["heard", mat.seen_at ? dated(mat.seen_at, mat.seen_s) : null], ["version", mat.version], ["layout", mat.layout],
    ["calibrated", dated(mat.calibrated_at, mat.calibrated_s) ?? t("fleet.calibrated.never")], ["recent", number(mat.sessions)],
    ["zone", zone], ["added", dated(mat.added_at)], ["revoked", dated(mat.revoked_at)],
  ].filter(([key, value]) => value || key === "version" || key === "heard");
  return h("section", { class: `card ${mat.look ? "look" : ""}` }, h("h2", {}, named(mat)), h("p", { class: markOf(mat) }, t(`fleet.standing.${mat.standing}`)),
    mat.standing === "silent" ? h("p", { class: "soft" }, heard(mat)) : null,
    h("dl", {}, ...lines.flatMap(([key, value]) => [h("dt", {}, t(`fleet.about.${key}`)), h("dd", {}, value || "–")])));
}

function faults({ conditions }) {
  if (conditions.length === 0) return null;
  return h("section", { class: "card" }, h("h2", {}, t("fleet.faults")), h("ul", { class: "plain" }, ...conditions.map((each) =>
    h("li", { class: "fault" }, h("b", {}, known(`part.${each.name}`) ? t(`part.${each.name}`) : each.name), ": ", h("span", { lang: "en" }, each.text || each.code)))));
}

function days({ plots }) {
  return h("section", { class: "card" }, h("h2", {}, t("fleet.days")), h("div", { class: "figures" }, ...plots.map(figure)));
}

function gaps({ gaps, zone }) {
  if (gaps.length === 0) return null;
  const line = (gap) => h("li", { class: gap.lost ? "" : "fault" }, t(gap.lost ? "fleet.gap.lost" : "fleet.gap", { first: gap.first, last: gap.last, count: number(gap.count) }), " ",
    h("span", { class: "soft" }, gap.lost ? "" : t(gap.times > 0 ? "fleet.gap.asked" : "fleet.gap.not_asked",
      { times: number(gap.times), at: timeIn(zone, gap.asked_at, DATED), since: timeIn(zone, gap.since, DATED) })));
  return h("section", { class: "card" }, h("h2", {}, t("fleet.gaps")), h("ul", { class: "plain" }, ...gaps.map(line)));
}

function events({ events, zone }) {
  return h("section", { class: "card" }, h("h2", {}, t("fleet.events")), language === "en" ? null : h("p", { class: "soft" }, t("mat.english")),
    h("ul", { class: "plain" }, ...events.map((each) => h("li", {}, h("time", {}, timeIn(zone, each.at, DATED)), h("b", {}, t(`event.${each.event_type}`)), " ",
      h("span", { lang: "en" }, each.text))), events.length ? null : h("li", {}, t("fleet.events.none"))));
}

function sessions({ sessions, zone }) {
  const head = ["began", "minutes", "lifts", "end"].map((each) => h("th", { scope: "col" }, t(`fleet.session.${each}`)));
  const rows = sessions.map((each) => h("tr", {}, h("th", { scope: "row" }, each.undated ? t("fleet.session.undated") : timeIn(zone, each.started_at, DATED)),
    h("td", {}, isNumber(each.minutes) ? number(each.minutes, 1) : "–"), h("td", {}, isNumber(each.lifts) ? number(each.lifts) : "–"),
    h("td", {}, known(`fleet.end.${each.reason}`) ? t(`fleet.end.${each.reason}`) : each.reason ?? "–")));
  return h("section", { class: "card" }, h("h2", {}, t("fleet.last_sessions")), rows.length === 0 ? h("p", { class: "soft" }, t("days.none"))
    : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("fleet.last_sessions") }, h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows))));
}
