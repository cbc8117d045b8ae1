// All mats at a glance: how many are how, and each of them, what needs a look first.
import { h, say } from "./dom.js";
import { locale, number, t } from "./words.js";

const STANDINGS = ["silent", "blind", "degraded", "new", "lying", "paused", "free", "revoked"];
export const BAD = ["silent", "blind", "degraded"];
const TILES_FROM = 40; // mats that need no look are cards up to here, and small tiles beyond

// What is chosen is part of the address, so that it can be sent to somebody and outlives a reload.
function chosenIn(rest) {
  const query = new URLSearchParams(rest);
  return { show: query.get("show") ?? "", site: query.get("site") ?? "", text: query.get("text") ?? "" };
}

export function mats(rest) {
  const chosen = chosenIn(rest);
  const cards = new Map();
  const counts = h("div", { class: "row counts", role: "group", "aria-label": t("fleet.filter") });
  const site = h("select", { id: "site", onchange: () => choose({ site: site.value }) });
  const siteRow = h("p", { hidden: true }, h("label", { for: "site" }, t("fleet.site")), h("br"), site);
  const text = h("input", { type: "search", id: "text", value: chosen.text, autocomplete: "off", maxlength: "60", oninput: () => choose({ text: text.value }) });
  const found = h("p", { class: "soft", role: "status" });
  const [looks, rests] = [section("fleet.look"), section("fleet.well")];
  const tools = h("section", { class: "card", hidden: true }, counts,
    h("div", { class: "row" }, siteRow, h("p", {}, h("label", { for: "text" }, t("fleet.text")), h("br"), text)), found);
  const element = h("div", {}, tools, looks.element, rests.element);
  let overview = null;

  function choose(change) {
    Object.assign(chosen, change);
    const query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value !== ""));
    history.replaceState(null, "", query.size ? `#mats?${query}` : "#mats");
    update(overview);
  }

  function update(now) {
    overview = now;
    tools.hidden = overview.mats.length === 0;
    const here = overview.mats.filter((each) => within(each, chosen));
    showCounts(counts, here, chosen, choose);
    showSites(site, siteRow, overview.mats, chosen);
    const shown = here.filter((each) => matches(each, chosen.show));
    const left = overview.count > overview.mats.length ? ` ${t("fleet.more", { count: number(overview.mats.length) })}` : "";
    say(found, t("fleet.found", { shown: number(shown.length), count: number(overview.count) }) + left);
    looks.show(shown.filter((each) => each.look), false, cards);
    const others = shown.filter((each) => !each.look);
    rests.show(others, others.length > TILES_FROM, cards);
  }
  return { title: t("fleet.nav.mats"), element, update };
}

function within(mat, { site, text }) {
  if (site && mat.site !== site) return false;
  const wanted = text.trim().toLocaleLowerCase();
  return !wanted || [mat.id, mat.label, mat.site, mat.version, mat.layout].some((each) => (each ?? "").toLocaleLowerCase().includes(wanted));
}

function matches(mat, show) {
  if (show === "") return mat.standing !== "revoked";
  return show === "look" ? mat.look : show === "missing" ? mat.missing > 0 : mat.standing === show;
}

function showCounts(counts, here, chosen, choose) {
  const wanted = ["", "look", ...STANDINGS, "missing"].map((show) => [show, here.filter((each) => matches(each, show)).length])
    .filter(([show, count]) => count > 0 || show === "" || show === chosen.show);
  const focused = counts.contains(document.activeElement) ? document.activeElement.dataset.show : null;
  counts.replaceChildren(...wanted.map(([show, count]) => h("button", {
    type: "button", class: `count ${show === "look" || show === "missing" || BAD.includes(show) ? "bad" : ""}`, "data-show": show,
    "aria-pressed": String(show === chosen.show), onclick: () => choose({ show }),
  }, h("b", {}, number(count)), " ", t(`fleet.show.${show || "all"}`))));
  if (focused !== null) counts.querySelector(`[data-show="${CSS.escape(focused)}"]`)?.focus();
}

function showSites(select, row, all, chosen) {
  const names = [...new Set(all.map((each) => each.site).filter(Boolean))].sort((a, b) => a.localeCompare(b, locale(), { numeric: true }));
  if (chosen.site && !names.includes(chosen.site)) names.push(chosen.site);
  row.hidden = names.length < 2 && !chosen.site;
  const wanted = JSON.stringify([names, chosen.site]);
  if (select.dataset.shown === wanted) return;
  select.dataset.shown = wanted;
  select.replaceChildren(h("option", { value: "" }, t("fleet.site.all")), ...names.map((each) => h("option", { value: each, selected: each === chosen.site }, each)));
}

// A heading with its mats. Only what has changed is made anew, so that a thousand of them stay quick.
function section(key) {
  const heading = h("h2");
  const list = h("ul", { class: "plain mats" });
  const element = h("section", { hidden: true }, heading, list);
  return { element, show(mats, small, cards) {
    element.hidden = mats.length === 0;
    say(heading, t(key, { count: number(mats.length) }));
    list.classList.toggle("tiles", small);
    const wanted = mats.map((each) => cardOf(each, small, cards));
    if (wanted.length === list.children.length && wanted.every((each, at) => each === list.children[at])) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.replaceChildren(...wanted);
    if (focused !== null) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  } };
}

function cardOf(mat, small, cards) {
  const card = small ? tile(mat) : whole(mat);
  const before = cards.get(mat.id);
  if (before?.isEqualNode(card)) return before;
  cards.set(mat.id, card);
  return card;
}

const href = (mat) => `#mat/${encodeURIComponent(mat.id)}`;
export const named = (mat) => mat.label || mat.id;
export const markOf = (mat) => (BAD.includes(mat.standing) ? "fault" : mat.standing === "lying" ? "lies" : mat.standing === "free" ? "fine" : "todo");

function tile(mat) {
  return h("li", {}, h("a", { class: "tile", href: href(mat) }, h("b", {}, named(mat)), mat.site ? h("span", { class: "place" }, mat.site) : null, h("span", { class: markOf(mat) }, t(`fleet.standing.${mat.standing}`))));
}

function whole(mat) {
  const place = [mat.label ? mat.id : null, mat.site].filter(Boolean).join(", ");
  return h("li", { class: `card mat ${mat.look ? "look" : ""}` },
    h("a", { class: "go-on", href: href(mat) }, named(mat)), place ? h("span", { class: "soft place" }, place) : null,
    h("p", { class: markOf(mat) }, t(`fleet.standing.${mat.standing}`)),
    mat.missing > 0 ? h("p", { class: "fault" }, t("fleet.missing", { count: number(mat.missing) })) : null,
    h("p", { class: "soft" }, [heard(mat), t("fleet.sessions", { count: number(mat.sessions) }), mat.version].filter(Boolean).join(" · ")));
}

const STEPS = [[60, "second"], [3600, "minute"], [86_400, "hour"], [Infinity, "day"]];
const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 };

// How long ago, in words of the reader's language.
export function ago(seconds) {
  const [, unit] = STEPS.find(([below]) => seconds < below);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "always" });
  return unit === "second" ? format.format(-1, "minute") : format.format(-Math.floor(seconds / SECONDS[unit]), unit);
}

export function heard(mat) {
  return mat.seen_s === null || mat.seen_s === undefined ? t("fleet.heard.never") : t(mat.said_offline ? "fleet.heard.ended" : "fleet.heard", { ago: ago(mat.seen_s) });
}
