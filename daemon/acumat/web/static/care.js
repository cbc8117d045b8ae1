// What is done to the mat itself: to look closer, and to forget.
import { answerText, command } from "./api.js";
import { choices, chosen, h, isNumber, say, show } from "./dom.js";
import { number, t } from "./words.js";

export function doctor() {
  return h("section", { class: "card" }, h("h2", {}, t("doctor.title")), h("p", {}, t("doctor.text")),
    h("p", {}, h("code", {}, "sudo acumat doctor")));
}

// A day begins by the clock of the mat, as on the page of the days.
async function forgetBefore(day) {
  const past = await import("./past.js").catch(() => null);
  if (past === null) return { ok: false, reason: "lost" };
  const found = await past.read("list", { by: "day", last: 1 });
  return found.ok ? past.read("forget", { before: past.momentIn(found.zone, `${day}T00:00`) }) : found;
}

export function forget(live) {
  const what = choices("forget", t("forget.ask"), [["before", t("forget.before")], ["everything", t("forget.everything")]]);
  const day = h("input", { type: "date", id: "forget-day", max: "9999-12-31" });
  const dayLine = h("p", {}, h("label", { for: "forget-day" }, t("forget.day")), h("br"), day);
  const said = h("p", { role: "status" });
  const goes = h("p");
  const ask = h("button", { onclick: confirm }, t("forget.go"));
  const yes = h("button", { class: "warn wide", onclick: give }, t("forget.yes"));
  const asking = h("div", { hidden: true }, goes, h("p", {}, t("forget.stays")), h("p", {}, h("b", {}, t("forget.never"))),
    h("div", { class: "row" }, yes, h("button", { class: "wide", onclick: () => open(false) }, t("now.back"))));
  what.querySelector("[value=before]").checked = true;
  what.addEventListener("change", () => { open(false); show(dayLine, chosen(what) === "before"); });
  day.addEventListener("change", () => open(false));

  function open(on) {
    show(asking, on);
    show(ask, !on);
  }

  function confirm() {
    const totals = live.status?.totals;
    const figure = (value) => (isNumber(value) ? number(value) : "–");
    if (chosen(what) === "everything") {
      say(goes, t("forget.everything.goes", { sessions: figure(totals?.sessions_total), minutes: figure(totals?.minutes_total) }));
    } else if (day.value === "" || !day.validity.valid) {
      say(said, t("forget.no_day"));
      day.focus();
      return;
    } else {
      say(goes, t("forget.before.goes", { day: new Date(`${day.value}T00:00`).toLocaleDateString(document.documentElement.lang) }));
    }
    say(said, "");
    open(true);
    yes.focus();
  }

  async function give() {
    open(false);
    const everything = chosen(what) === "everything";
    say(said, answerText(await (everything ? command("history_forget", { everything }) : forgetBefore(day.value))));
    ask.focus();
    live.soon();
  }
  return h("section", { class: "card" }, h("h2", {}, t("forget.title")),
    h("details", {}, h("summary", {}, t("forget.open")), what, dayLine, ask, asking), said);
}
