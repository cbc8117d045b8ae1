// One session: what was measured minute by minute, how it felt, and why the mat thought what it did.
import { h, isNumber } from "./dom.js";
import { asking, clockIn, dayWords, minutes, momentIn, plots, read, timeIn, when } from "./past.js";
import { nameOf } from "./people.js";
import { known, number, t } from "./words.js";

const SHOWN_EVENTS = 30; // a session has some twenty
const TO_THE_SECOND = { hour: "2-digit", minute: "2-digit", second: "2-digit" };

export function session(id, people) {
  const element = h("div", {});
  const correcting = () => element.querySelector("#correcting");
  // After a change the page stays as it is until the new one is there, the card that was open is open again, and what was chosen
  // outside of what is now saved is still chosen.
  const load = async (saved) => {
    const answered = read("show", { id });
    const view = when(answered, (answer) => shown(answer, people, load));
    if (element.firstChild) await answered.catch(() => {});
    const open = correcting()?.open ?? false;
    const unsaved = [...element.querySelectorAll("select, input")].filter((each) => isChanged(each) && !saved?.contains(each));
    element.replaceChildren(view);
    for (const { id: of, value, checked } of unsaved) element.querySelectorAll(`#${of}`).forEach((each) => Object.assign(each, { value, checked }));
    if (open) correcting()?.toggleAttribute("open", true);
  };
  load();
  return [element];
}

function isChanged(field) {
  if (field.tagName === "SELECT") return field.value !== "" && !field.selectedOptions[0].defaultSelected;
  return field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

function shown(answer, people, load) {
  const of = answer.session;
  const day = clockIn(of.zone, of.ended_at).slice(0, 10);
  return [h("p", { class: "row" }, h("a", { class: "tab", href: `#days/${day}` }, t("session.day"))),
    h("section", { class: "card" }, h("h2", {}, `${dayWords(clockIn(of.zone, of.started_at).slice(0, 10))}, ${timeIn(of.zone, of.started_at)}–${timeIn(of.zone, of.ended_at)}`),
      facts(of), answer.minutes.length ? plots({ what: "session", id: of.session_id }) : h("p", { class: "soft" }, t("session.unmeasured")),
      answer.minutes.length ? table(answer.minutes) : null),
    events(answer.events ?? [], of.zone), ...(of.guest && !answer.check_ins.length ? [] : [felt(answer, load)]), changing(of, people, load)];
}

function facts(of) {
  const left = isNumber(of.lateral) ? Math.round((100 + of.lateral) / 2) : null;
  const lines = [
    [t("session.on_mat"), t("session.min", { minutes: number(minutes(of.contact_s) ?? 0) })],
    isNumber(of.load) ? [t("now.load"), t("now.load.value", { load: number(of.load) })] : null,
    // on the back, the mat's right is under the person's left
    left !== null ? [t("session.sides"), t("session.sides.value", { left: number(left), right: number(100 - left) })] : null,
    of.lifts > 0 ? [t("session.lifts"), number(of.lifts)] : null,
    of.guest ? [t("people.whose"), t("people.guest")] : of.person ? [t("people.whose"), `${nameOf(of.person)}${of.guessed ? ` (${t("people.guess")})` : ""}`] : null,
    of.source === "added" ? [t("session.source"), t("session.added")] : null,
    of.edited_at ? [t("session.edited"), `${dayWords(clockIn(of.zone, of.edited_at).slice(0, 10))}, ${timeIn(of.zone, of.edited_at)}`] : null,
    of.clock_known === false ? [t("session.clock"), t("session.clock.unknown")] : null,
  ].filter(Boolean);
  return h("dl", {}, ...lines.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function table(rows) {
  const columns = [["minute", t("session.minute")], ["load", `${t("plot.load.title")}, %`], ["lateral", t("plot.lateral.title")], ["still", `${t("plot.still.title")}, %`],
    ["breath", t("plot.breath.title")]];
  const value = (row, name) => (isNumber(row[name]) ? number(name === "still" ? 100 * row[name] : row[name], name === "breath" ? 1 : 0) : "–");
  return h("details", {}, h("summary", {}, t("session.by_minute")),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("session.by_minute") }, h("table", {},
      h("thead", {}, h("tr", {}, ...columns.map(([, head], at) => h("th", { scope: "col", class: at ? "figure" : null }, head)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...columns.map(([name], at) => h(at ? "td" : "th", at ? { class: "figure" } : { scope: "row" }, value(row, name)))))))));
}

function events(found, zone) {
  const lines = found.map((event) => {
    const key = `event.${event.event_type}`;
    const name = known(key) ? t(key) : String(event.event_type ?? "–");
    // a millisecond later: a time in the history has more digits than its text
    const at = new Date(Date.parse(event.at) + 1);
    const why = h("div", { hidden: true, class: "why" });
    const button = h("button", { class: "small", "aria-expanded": "false", onclick: () => open() }, t("session.why"), h("span", { class: "unseen" }, ` ${name}`));
    function open() {
      why.hidden = !why.hidden;
      button.setAttribute("aria-expanded", String(!why.hidden));
      if (why.hidden || why.firstChild) return;
      why.append(when(read("explain", { at: at.toISOString() }), reasons));
    }
    return h("li", {}, h("div", { class: "event" }, h("span", { class: "wide" }, h("time", {}, timeIn(zone, event.at, TO_THE_SECOND)), " ", name),
      Number.isNaN(at.getTime()) ? null : button), h("span", { class: "soft", lang: "en" }, event.text ?? ""), why);
  });
  const more = lines.slice(SHOWN_EVENTS);
  return h("section", { class: "card" }, h("h2", {}, t("session.events")),
    h("ol", { class: "plain" }, ...lines.slice(0, SHOWN_EVENTS), lines.length ? null : h("li", {}, t("session.events.none"))),
    more.length ? h("details", {}, h("summary", {}, t("session.events.more", { count: number(more.length) })), h("ol", { class: "plain" }, ...more)) : null);
}

// The daemon's own sentences; those that begin with spaces are lists.
function reasons(answer) {
  const parts = [];
  for (const sentence of answer.sentences ?? []) {
    if (!sentence.startsWith("  ")) parts.push(h("p", { lang: "en" }, sentence));
    else {
      if (parts.at(-1)?.tagName !== "UL") parts.push(h("ul", { lang: "en" }));
      parts.at(-1).append(h("li", {}, sentence.trim()));
    }
  }
  return parts;
}

const scale = (least, most, value) => [h("option", { value: "" }, t("feel.skip")), ...Array.from({ length: most - least + 1 }, (_, at) =>
  h("option", { value: String(at + least), selected: at + least === value }, String(at + least)))];

function felt({ session: of, check_ins: found }, load) {
  const answers = ["before", "after"].map((moment) => [moment, found.find((each) => each.moment === moment)]);
  // a guest is not asked; what was answered before the session became a guest's can still be corrected
  const moments = answers.filter(([, there]) => there || !of.guest).map(([moment, there]) => {
    const calm = h("select", { id: `calm-${moment}` }, ...scale(1, 5, there?.calm));
    const discomfort = h("select", { id: `discomfort-${moment}` }, ...scale(0, 10, there?.discomfort));
    const given = () => Object.fromEntries([["calm", calm], ["discomfort", discomfort]].filter(([, each]) => each.value !== "").map(([name, each]) => [name, Number(each.value)]));
    const at = moment === "before" ? new Date(Date.parse(of.started_at) - 60e3).toISOString() : of.ended_at;
    const save = asking(t("session.save"), () => (Object.keys(given()).length ? t("session.felt.ask") : null),
      () => (there ? read("edit", { id: there.id, ...given() }) : read("add", { id: of.session_id, at, moment, ...given() })), () => load(box), "go");
    const out = there ? asking(t("session.felt.delete"), () => t("session.felt.delete.ask"), () => read("delete", { id: there.id }), () => load(box)) : null;
    const box = h("fieldset", {}, h("legend", {}, t(`session.${moment}`)), h("div", { class: "row" },
      h("span", {}, h("label", { for: calm.id }, t("session.calm")), " ", calm), h("span", {}, h("label", { for: discomfort.id }, t("session.discomfort")), " ", discomfort)),
    h("div", { class: "row" }, save, out));
    return box;
  });
  const notes = found.flatMap((each) => [...["warm", "heavy", "tingling", "red", "tight"].filter((name) => each[name] === true).map((name) => t(`tag.${name}`)),
    isNumber(each.alertness) ? t("session.alert", { value: each.alertness }) : null, isNumber(each.sleep) ? t("session.slept", { value: each.sleep }) : null].filter(Boolean));
  return h("section", { class: "card" }, h("h2", {}, t("session.felt")), notes.length ? h("p", {}, notes.join(", ")) : null, ...moments);
}

function changing(of, people, load) {
  const began = clockIn(of.zone, of.started_at);
  const at = h("input", { type: "datetime-local", id: "edit-at", value: began, max: clockIn(of.zone, Date.now()), required: true });
  const lain = h("input", { type: "number", id: "edit-minutes", min: "1", max: "1440", step: "1", inputmode: "numeric", value: String(Math.max(1, minutes(of.contact_s) ?? 1)), required: true });
  const guest = h("input", { type: "checkbox", id: "edit-guest", checked: of.guest === true });
  const changes = () => ({
    ...(at.value !== began ? { at: momentIn(of.zone, at.value) } : {}),
    ...(lain.value !== lain.defaultValue ? { minutes: Number(lain.value) } : {}),
    ...(guest.checked !== (of.guest === true) ? { guest: guest.checked } : {}),
  });
  const id = of.session_id;
  const form = h("form", { onsubmit: (event) => event.preventDefault() },
    h("p", {}, h("label", { for: "edit-at" }, t("session.began")), h("br"), at), h("p", {}, h("label", { for: "edit-minutes" }, t("session.minutes")), h("br"), lain),
    h("p", {}, h("label", { class: "check" }, guest, t("session.guest"))),
    asking(t("session.save"), () => (form.reportValidity() && Object.keys(changes()).length ? t("session.edit.ask") : null), () => read("edit", { id, ...changes() }), () => load(form), "go"));
  const names = people.filter((each) => each.name !== "unknown").map((each) => each.name);
  const owner = h("select", { id: "assign" }, ...[...names, "unknown"].map((name) => h("option", { value: name, selected: name === of.person }, nameOf(name))));
  const assign = people.length > 1 && !of.guest ? h("div", {}, h("h3", {}, t("session.assign")), h("p", {}, h("label", { for: "assign" }, t("people.it_is")), " ", owner),
    asking(t("session.assign"), () => t("session.assign.ask", { name: nameOf(owner.value) }), () => read("assign", { id, person: owner.value }), () => load(owner), "go")) : null;
  return h("details", { class: "card", id: "correcting" }, h("summary", {}, t("session.edit")), form, assign, h("h3", {}, t("session.delete")),
    asking(t("session.delete"), () => t("session.delete.ask"), () => read("delete", { id }), () => { location.hash = "#days"; }));
}
