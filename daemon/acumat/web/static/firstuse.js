// The card of the first days: what is done and what comes next. It goes once everything is done.
import { h, isNumber, say, show } from "./dom.js";
import { allAnswered } from "./press.js";
import { number, t } from "./words.js";

const UNANSWERED = ["unanswered", "ask_again"];
const FRAMES = 120; // to find a step on a page that is being opened

// Whether each step is done, in their order; null for what is not known yet.
export function stepsDone({ status, hello }) {
  const { broker, calibration } = status?.health ?? {};
  const calibrated = calibration ? calibration.code === "ok" : null;
  const reason = status?.routine?.guidance_reason;
  return {
    broker: broker ? broker.code === "ok" || broker.code === "off" : null,
    press: calibrated === true || (hello?.layout ? allAnswered(hello) : null), // whoever has calibrated has felt all sensors answer
    calibrate: calibrated,
    questions: status?.routine ? !UNANSWERED.includes(reason) : null,
  };
}

export function firstUse() {
  const title = h("h2", {}, t("first.title"));
  const count = h("p", { class: "soft", role: "status" });
  const items = new Map(["broker", "press", "calibrate", "questions"].map((name) => [name, h("li")]));
  const next = h("button", { class: "go", onclick: () => find(next.dataset.step) });
  const element = h("section", { class: "card", hidden: true }, title, count, h("ol", { class: "plain" }, ...items.values()), next);
  let shown = "";
  return { element, update(live) {
    const done = stepsDone(live);
    const text = JSON.stringify(done);
    if (text === shown) return;
    shown = text;
    const open = Object.keys(done).filter((name) => done[name] === false);
    show(element, open.length > 0 && !Object.values(done).includes(null));
    say(count, t("first.count", { done: number(items.size - open.length), all: number(items.size) }));
    for (const [name, item] of items) {
      const state = t(done[name] ? "state.done" : name === open[0] ? "first.next" : "state.open");
      item.className = done[name] ? "fine" : "todo";
      item.replaceChildren(h("b", {}, t(`step.${name}`)), ` (${state})`);
    }
    next.dataset.step = open[0] ?? "";
    say(next, open.length ? t("first.go", { step: t(`step.${open[0]}`) }) : "");
  } };
}

// Opens Set up if need be, and brings the step into sight.
function find(name, frames = FRAMES) {
  const step = document.getElementById(`step-${name}`);
  if (step !== null) {
    step.scrollIntoView();
    step.focus({ preventScroll: true });
  } else if (isNumber(frames) && frames > 0) {
    location.hash = "setup";
    requestAnimationFrame(() => find(name, frames - 1));
  }
}
