import { answerText, command } from "./api.js";
import { choices, chosen, clock, h, isNumber, memory, say, show } from "./dom.js";
import { firstUse } from "./firstuse.js";
import { draw } from "./map.js";
import { clockTime, known, language, number, quote, t } from "./words.js";

const AFTER_MS = 3600e3;
const SPOKEN_MS = 10e3;
const SHOWN_EVENTS = 6;

export function now(live) {
  const parts = [firstUse(), body(), doing(live), feeling(live), redness(live), events(), question(), who(live)];
  const [first, picture, act, feel, red, past, open, person] = parts;
  const welcome = h("div", {}, first.element); // whoever lies there wants no homework
  const element = h("div", {}, welcome, h("div", { class: "two" },
    h("div", { class: "first" }, act.element, person.element, red.element, feel.element, open.element),
    h("div", { class: "side" }, picture.element), h("div", { class: "last" }, past.element)));
  return { title: t("nav.now"), element, update() {
    parts.forEach((each) => each.update(live));
    show(welcome, live.frame?.state?.presence !== "lying");
  } };
}

export function presenceOf(state) {
  if (!state) return "unknown";
  if (state.presence === "lying" && state.confirmed !== true) return "unsure";
  return known(`presence.${state.presence}`) ? state.presence : "unknown";
}

function body() {
  const canvas = h("canvas", { role: "img" });
  const [left, right] = [h("b"), h("b")];
  const values = h("tbody");
  const element = h("section", { class: "card", "aria-label": t("now.map") },
    h("div", { class: "map" }, canvas,
      h("div", { class: "sides" }, h("span", {}, t("now.left"), left), h("span", {}, t("now.right"), right))),
    h("p", { class: "soft" }, t("now.map")),
    h("details", {}, h("summary", {}, t("now.values")), h("table", {}, values)));
  let spokenAt = 0;
  return { element, update(live) {
    const layout = live.hello?.layout;
    if (!layout) return;
    const loads = live.frame?.loads_us ?? [];
    const state = live.frame?.state;
    const lying = state?.presence === "lying";
    draw(canvas, layout, lying || state?.presence === "contact" ? loads : layout.sensors.map((_, at) => loads[at] === null ? null : 0),
      { mirrored: true, centre: lying && state.cop_mm ? state.cop_mm : null });
    // on the back, the mat's right is under the person's left
    const share = lying && isNumber(state.lateral) ? Math.round((100 + state.lateral) / 2) : null;
    say(left, share === null ? "–" : `${number(share)} %`);
    say(right, share === null ? "–" : `${number(100 - share)} %`);
    if (Date.now() - spokenAt > SPOKEN_MS) {
      spokenAt = Date.now();
      const what = share === null ? t("now.share.unknown") : t("now.share", { left: share, right: 100 - share });
      canvas.setAttribute("aria-label", `${t("now.map")} ${what}`);
    }
    fill(values, layout, loads);
  } };
}

function fill(table, layout, loads) {
  const names = JSON.stringify(layout.sensors.map((sensor) => sensor.name));
  if (table.dataset.shown !== names) {
    table.dataset.shown = names;
    table.replaceChildren(...layout.sensors.map((sensor) => h("tr", {}, h("th", { scope: "row" }, sensor.name), h("td", { class: "figure" }))));
  }
  layout.sensors.forEach((_, index) => {
    say(table.rows[index].cells[1], isNumber(loads[index]) ? `${number(loads[index], 1)} µS` : "–");
  });
}

function doing(live) {
  const presence = h("h2", { role: "status" });
  const [time, unit] = [h("span"), h("small")];
  const plan = h("p", { class: "soft" });
  const why = h("p");
  const next = h("p", { class: "soft" });
  const figures = h("dl");
  const said = h("p", { role: "status" });
  const stop = h("button", { class: "go wide huge", onclick: () => give("stop") }, t("now.stop"));
  const symptom = h("button", { class: "wide huge", onclick: () => confirm(true) }, t("now.symptom"));
  const yes = h("button", { class: "warn wide", onclick: () => give("symptom") }, t("now.symptom.yes"));
  const asking = h("div", { hidden: true }, h("p", {}, t("now.symptom.ask")),
    h("div", { class: "row" }, yes, h("button", { class: "wide", onclick: () => confirm(false) }, t("now.back"))));
  const row = h("div", { class: "row" }, stop, symptom);
  const element = h("section", { class: "card" }, presence, h("p", { class: "big", role: "timer" }, time, " ", unit), plan, why, next,
    figures, row, asking, said);

  function confirm(open) {
    show(asking, open);
    show(row, !open);
    (open ? yes : symptom).focus();
  }
  async function give(name) {
    const answer = await command(name);
    if (name === "symptom") confirm(false);
    say(said, answerText(answer));
    live.soon();
  }
  return { element, update() {
    const { frame, status } = live;
    const state = frame?.state;
    const alarm = frame?.alarm === true;
    element.classList.toggle("alarm", alarm);
    say(presence, alarm ? t("now.alarm") : t(`presence.${presenceOf(state)}`));
    timing(frame, time, unit, plan);
    guidance(status?.routine, why, next, state);
    facts(figures, state);
    stop.disabled = !frame || !(alarm || isNumber(frame.session_plan_min));
  } };
}

function timing(frame, time, unit, plan) {
  const [left, lain] = [frame?.session_left_s, frame?.state?.contact_s];
  const planned = isNumber(frame?.session_plan_min);
  if (planned && isNumber(left)) {
    const over = left <= 0 && isNumber(lain) ? lain - 60 * frame.session_plan_min : 0;
    say(time, clock(over > 0 ? over : Math.ceil(left)));
    say(unit, t(over > 0 ? "time.over" : "time.left"));
  } else {
    say(time, isNumber(lain) ? clock(lain) : "");
    say(unit, isNumber(lain) ? t("time.lain") : "");
  }
  say(plan, planned && isNumber(lain) ? t("time.planned", { minutes: number(frame.session_plan_min) }) : "");
}

function guidance(routine, why, next, state) {
  if (language === "en" && routine?.text) {
    quote(why, routine.text);
  } else {
    const reason = known(`why.${routine?.guidance_reason}`) && state?.presence !== "lying" ? t(`why.${routine.guidance_reason}`) : "";
    say(why, reason || (known(`situation.${routine?.situation}`) ? t(`situation.${routine.situation}`) : ""));
  }
  if (state?.presence === "lying" || !routine) say(next, "");
  else if (language === "en") quote(next, routine.next_step_text);
  else say(next, isNumber(routine.planned_min) ? t("plan.next", { minutes: number(routine.planned_min) }) : "");
}

function facts(list, state) {
  const lines = [];
  if (isNumber(state?.load)) lines.push([t("now.load"), t("now.load.value", { load: number(state.load) })]);
  if (state?.presence === "lying") {
    if (isNumber(state.breaths_per_min)) lines.push([t("now.breath"), t("now.breath.value", { rate: number(state.breaths_per_min) })]);
    if (state.possible_doze === true) lines.push([t("now.rest"), t("now.doze")]);
    else if (typeof state.still === "boolean") lines.push([t("now.rest"), t(state.still ? "now.still" : "now.moving")]);
  }
  const text = JSON.stringify(lines);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  show(list, lines.length > 0);
  list.replaceChildren(...lines.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function feeling(live) {
  const title = h("h2");
  const calm = choices("calm", t("feel.calm"), [1, 2, 3, 4, 5].map((each) =>
    [String(each), String(each), known(`feel.calm.${each}`) ? t(`feel.calm.${each}`) : null]));
  const ends = h("p", { class: "soft" }, `1: ${t("feel.calm.1")}, 5: ${t("feel.calm.5")}`);
  const discomfort = h("select", { id: "discomfort" }, h("option", { value: "" }, t("feel.skip")),
    ...Array.from({ length: 11 }, (_, each) => h("option", { value: String(each) }, String(each))));
  const send = h("button", { class: "go" }, t("feel.send"));
  const said = h("p", { role: "status" });
  const form = h("form", { onsubmit: give }, calm, ends, h("p", {}, h("label", { for: "discomfort" }, t("feel.discomfort")), h("br"), discomfort), send);
  const element = h("section", { class: "card", hidden: true }, title, form, said);
  let when = "before";
  let asked = "";

  async function give(event) {
    event.preventDefault();
    const values = { when };
    if (chosen(calm) !== null) values.calm = Number(chosen(calm));
    if (discomfort.value !== "") values.discomfort = Number(discomfort.value);
    const answer = await command("check_in", values);
    say(said, answer.ok ? t("feel.thanks") : answerText(answer));
    if (answer.ok) {
      show(form, false);
      memory.set("felt", asked);
    }
  }
  return { element, update() {
    const state = live.frame?.state;
    const last = live.status?.last_session;
    const ended = Date.parse(last?.ended_at ?? "");
    when = ended > 0 && Date.now() - ended < AFTER_MS ? "after" : "before";
    say(title, t(when === "after" ? "feel.after" : "feel.before"));
    const about = `${when} ${last?.session_id ?? ""}`;
    if (about !== asked) {
      asked = about;
      form.reset();
      show(form, true);
      say(said, "");
    }
    const answered = memory.get("felt") === asked;
    show(element, Boolean(state && live.status) && state.presence !== "lying" && (!answered || form.hidden));
  } };
}

// A question about the week or the night: its answer is given on another page.
function question() {
  const element = h("section", { class: "card", hidden: true }, h("h2", {}, t("now.question")), h("p", {}, h("a", { href: "#how" }, t("nav.how"))));
  return { element, update({ status }) { show(element, Boolean(status?.wellbeing?.question)); } };
}

// Fetched only where several people use the mat.
function who(live) {
  const element = h("div");
  let part = null;
  return { element, update() {
    if (part === null && live.status?.routine?.who) {
      part = { update() {} };
      import("./people.js").then((people) => { part = people.lying(live); element.append(part.element); });
    }
    part?.update(live);
  } };
}

function redness(live) {
  const said = h("p", { role: "status" });
  const button = (answer, text) => h("button", { class: "wide huge", onclick: async () => {
    say(said, answerText(await command("redness", { answer })));
    live.soon();
  } }, text);
  const row = h("div", { class: "row" }, button("faded", t("red.faded")), button("still_red", t("red.still")));
  const element = h("section", { class: "card", hidden: true }, h("h2", {}, t("red.title")), h("p", {}, t("red.ask")), row, said);
  return { element, update() {
    const asked = live.status?.routine?.question === "redness";
    show(row, asked);
    show(element, asked || said.textContent !== "");
  } };
}

function events() {
  const list = h("ol", { class: "plain" });
  const element = h("section", { class: "card" }, h("h2", {}, t("now.events")), list);
  let shown = null;
  return { element, update(live) {
    if (shown === live.events) return;
    shown = live.events;
    const lines = shown.slice(0, SHOWN_EVENTS).map((event) => {
      const key = `event.${event.event_type}`;
      const sentence = h("span", { class: "soft", lang: "en" }, event.text ?? "");
      return h("li", {}, h("time", {}, clockTime(event.at)), known(key) ? t(key) : String(event.event_type), h("br"), sentence);
    });
    list.replaceChildren(...(lines.length ? lines : [h("li", {}, t("now.events.none"))]));
  } };
}
