// Steps that each can be entered at any time. The daemon keeps how far a calibration is, the browser what the press test found.
import { answerText, command } from "./api.js";
import { choices, chosen, h, isNumber, say, show } from "./dom.js";
import { firstUse } from "./firstuse.js";
import { condition } from "./mat.js";
import { pressTest } from "./press.js";
import { known, number, t } from "./words.js";

const QUESTIONS = ["wounds", "bleeding", "circulation", "sensation", "skin", "pregnancy", "condition", "anticoagulants", "corticoids",
  "spine", "heart"];
const UNANSWERED = ["unanswered", "ask_again"];
const ADVICE = ["advice", "professional"];

export function setup(live) {
  const steps = [firstUse(), broker(live), press(live), calibration(live), questions(live)];
  const element = h("div", {}, h("p", { class: "soft" }, t("setup.intro")), ...steps.map((each) => each.element));
  return { title: t("nav.setup"), element, update: () => steps.forEach((each) => each.update(live)) };
}

function step(number, name, ...children) {
  const mark = h("span", { class: "soft" });
  const element = h("section", { class: "card", id: `step-${name}`, tabindex: "-1" }, h("h2", {}, `${number}. ${t(`step.${name}`)} `, mark),
    h("p", { class: "soft" }, t(`step.${name}.text`)), ...children);
  return { element, mark: (done) => {
    say(mark, done === null ? "" : `(${t(done ? "state.done" : "state.open")})`);
    mark.className = done === true ? "soft fine" : "soft";
  } };
}

function broker(live) {
  const list = h("ul", { class: "plain" });
  const again = h("button", { onclick: () => live.refresh() }, t("step.broker.again"));
  const { element, mark } = step(1, "broker", list, again);
  let shown = "";
  return { element, update({ status }) {
    const found = status?.health?.broker;
    if (JSON.stringify(found ?? null) === shown) return;
    shown = JSON.stringify(found ?? null);
    mark(found ? found.code === "ok" : null);
    const fine = found?.code === "ok" && !found.text;
    list.replaceChildren(condition(t("part.broker"), fine ? { code: "fine", text: "" } : found));
    if (fine) list.firstChild.replaceWith(h("li", { class: "fine" }, t("step.broker.fine")));
  } };
}

function press(live) {
  const test = pressTest(live);
  const { element, mark } = step(2, "press", test.element);
  return { element, update() { mark(test.update()); } };
}

function calibration(live) {
  const stage = h("p", { role: "status" });
  const left = h("p", { class: "soft" });
  const outcome = h("p", { role: "status" });
  const give = async (name) => {
    const answer = await command(name);
    say(outcome, answer.ok && name === "calibrate" ? "" : answerText(answer));
    live.soon();
  };
  const start = h("button", { class: "go", onclick: () => give("calibrate") }, t("step.calibrate.start"));
  const cancel = h("button", { onclick: () => give("calibrate_cancel") }, t("step.calibrate.cancel"));
  const undo = h("button", { onclick: () => give("calibrate_undo") }, t("step.calibrate.undo"));
  const { element, mark } = step(3, "calibrate", h("div", { class: "row" }, start, cancel, undo), stage, left, outcome);
  let was = false;
  return { element, update({ frame, status }) {
    const progress = frame?.calibration ?? null;
    show(cancel, progress !== null);
    show(start, progress === null);
    show(undo, progress === null);
    stage.className = progress === null ? "" : "big";
    say(stage, progress === null ? "" : known(`stage.${progress.stage}`) ? t(`stage.${progress.stage}`) : String(progress.text ?? ""));
    say(left, isNumber(progress?.seconds_left) ? t("step.calibrate.left", { seconds: number(progress.seconds_left) }) : "");
    if (was && progress === null) live.soon();
    if (progress !== null) say(outcome, "");
    else if (status?.calibration_outcome && outcome.textContent === "") say(outcome, answerText(status.calibration_outcome));
    was = progress !== null;
    const found = status?.health?.calibration;
    mark(found ? found.code === "ok" : null);
  } };
}

function questions(live) {
  const groups = QUESTIONS.map((name) => choices(name, t(`question.${name}`),
    ["no", "yes", "unknown"].map((reply) => [reply, t(`reply.${reply}`)])));
  const said = h("p", { role: "status" });
  const form = h("form", { onsubmit: send }, ...groups, h("button", { class: "go" }, t("step.questions.send")));
  const advice = h("button", { onclick: async () => { say(said, answerText(await command("advice"))); live.soon(); } },
    t("step.questions.advice"));
  const open = h("details", {}, h("summary", {}, t("step.questions")), form);
  const plain = location.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const { element, mark } = step(4, "questions", plain ? h("p", {}, t("step.questions.plain")) : null, open, advice, said);

  async function send(event) {
    event.preventDefault();
    const answers = Object.fromEntries(QUESTIONS.map((name, at) => [name, chosen(groups[at])]));
    if (Object.values(answers).includes(null)) {
      say(said, t("step.questions.missing"));
      groups.find((each) => chosen(each) === null).querySelector("input").focus();
      return;
    }
    const answer = await command("screen", answers);
    say(said, answerText(answer));
    if (answer.ok) {
      form.reset();
      open.open = false;
    }
    live.soon();
  }
  return { element, update({ status }) {
    const routine = status?.routine;
    const reason = routine?.guidance_reason;
    mark(routine ? !UNANSWERED.includes(reason) : null);
    show(advice, ADVICE.includes(reason));
  } };
}
