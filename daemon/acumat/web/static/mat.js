import { answerText, ask, command } from "./api.js";
import { doctor, forget } from "./care.js";
import { h, isNumber, say } from "./dom.js";
import { chooser, known, language, number, t } from "./words.js";

export function mat(live, actions) {
  const parts = [health(), about(), use(live)];
  const element = h("div", {}, ...parts.map((each) => each.element), doctor(), settings(actions), forget(live));
  return { title: t("nav.mat"), element, update: () => parts.forEach((each) => each.update(live)) };
}

function health() {
  const title = h("h2");
  const [sensors, rest] = [h("ul", { class: "plain" }), h("ul", { class: "plain" })];
  const note = language === "en" ? null : h("p", { class: "soft" }, t("mat.english"));
  const element = h("section", { class: "card" }, title, h("h3", {}, t("mat.parts")), rest, h("h3", {}, t("mat.sensors")), sensors, note);
  let shown = "";
  return { element, update(live) {
    const found = live.status?.health;
    const text = JSON.stringify(found ?? null);
    if (text === shown) return;
    shown = text;
    const others = Object.entries(found ?? {}).filter(([name]) => name !== "health" && name !== "sensors");
    const noted = [...others.map(([, each]) => each), ...Object.values(found?.sensors ?? {})].some((each) => each?.code !== "ok");
    const word = found?.health === "ok" && noted ? "notes" : found?.health;
    say(title, t(known(`health.${word}`) ? `health.${word}` : "health.unknown"));
    rest.replaceChildren(...others.map(([name, each]) => condition(known(`part.${name}`) ? t(`part.${name}`) : name, each)));
    sensors.replaceChildren(...Object.entries(found?.sensors ?? {}).map(([name, each]) => condition(name, each)));
  } };
}

export function condition(name, found) {
  const fine = found?.code === "ok";
  const sentence = found?.text ? h("span", { lang: "en" }, found.text) : fine ? t("mat.fine") : String(found?.code ?? "–");
  return h("li", { class: fine ? "fine" : "fault" }, h("b", {}, name), ": ", sentence);
}

function about() {
  const list = h("dl");
  const element = h("section", { class: "card" }, h("h2", {}, t("mat.about")), list);
  return { element, update({ status }) {
    const totals = status?.totals;
    const sum = (sessions, minutes) => isNumber(sessions) && isNumber(minutes)
      ? t("mat.sum", { sessions: number(sessions), minutes: number(minutes) }) : "–";
    const lines = [
      [t("mat.name"), status?.mat], [t("mat.layout"), status?.layout], [t("mat.version"), status?.version],
      [t("mat.today"), sum(totals?.sessions_today, totals?.minutes_today)],
      [t("mat.total"), sum(totals?.sessions_total, totals?.minutes_total)],
      [t("mat.skipped"), isNumber(status?.frames_skipped) ? number(status.frames_skipped) : null],
    ];
    if (list.children.length === 0) list.append(...lines.flatMap(([name]) => [h("dt", {}, name), h("dd")]));
    lines.forEach(([, value], at) => say(list.children[2 * at + 1], String(value ?? "–")));
  } };
}

function use(live) {
  const said = h("p", { role: "status" });
  const lines = [["guest", "guest"], ["pause", "paused"]].map(([name, key]) => {
    const state = h("b");
    const button = h("button", { onclick: () => turn(name, button.dataset.on !== "true") });
    return { name, key, state, button, element: h("div", { class: "row" }, h("span", { class: "wide" }, t(`mat.${name}`), ": ", state), button) };
  });
  async function turn(name, on) {
    say(said, answerText(await command(name, { on })));
    live.soon();
  }
  const element = h("section", { class: "card" }, h("h2", {}, t("mat.use")), ...lines.map((each) => each.element), said);
  return { element, update({ status }) {
    for (const { name, key, state, button } of lines) {
      const on = status?.settings?.[key];
      button.disabled = typeof on !== "boolean";
      button.dataset.on = String(on === true);
      say(state, typeof on === "boolean" ? t(on ? "mat.on" : "mat.off") : "–");
      say(button, t(on === true ? "mat.switch_off" : "mat.switch_on"));
      button.setAttribute("aria-label", `${t(`mat.${name}`)}: ${button.textContent}`);
    }
  } };
}

function settings({ onLanguage, onSignedOut }) {
  const out = h("button", { onclick: async () => { await ask("/logout", {}); onSignedOut(); } }, t("signin.out"));
  return h("section", { class: "card" }, chooser(onLanguage), out);
}
