// A recording to look at: played on the mat's machine, moved to and fro here.
import { SignedOut, answerText } from "./api.js";
import { choices, chosen, clock, h, say, show } from "./dom.js";
import { draw } from "./map.js";
import { presenceOf } from "./now.js";
import { at, Recording } from "./recording.js";
import { known, quote, t } from "./words.js";

const SHIPPED = ["bed_a", "bed_whisper", "popu_4x2"];
const SPEEDS = [1, 2, 4, 8, 16, 32];
const FIRST_SPEED = 8;
const MOST_BYTES = 8 << 20;
const TICK_MS = 100;

let stop = null; // ends what is being played: the machine plays one at a time
window.addEventListener("hashchange", () => stop?.abort());

export function replay(_live, actions) {
  const screen = player();
  const choice = chooser(begin);
  stop?.abort();

  async function begin(body) {
    stop?.abort();
    const own = stop = new AbortController();
    const recording = new Recording();
    screen.show(null);
    choice.say(t("replay.reading"));
    try {
      const refused = await recording.play(body, own.signal, () => { if (stop === own) screen.show(recording); });
      if (stop !== own) return;
      const note = recording.whole || refused !== null ? "" : t("replay.broken");
      choice.say(refused === null ? note : answerText(refused), recording.problems);
      screen.show(refused === null ? recording : null);
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      actions.onSignedOut();
    }
  }
  return { title: t("nav.replay"), element: h("div", {}, choice.element, screen.element), apart: true, update() {} };
}

function chooser(begin) {
  const said = h("p", { role: "status" });
  const problems = h("ul", { class: "plain", lang: "en" });
  const file = h("input", { type: "file", id: "recording", multiple: true, accept: ".csv,.gz,.toml", onchange: () => take(file.files) });
  const shipped = SHIPPED.map((name) => h("li", { class: "row" },
    h("button", { onclick: () => begin(`${JSON.stringify({ shipped: name })}\n`) }, t("replay.play"), " ", h("span", { lang: "zxx" }, name)),
    h("span", { class: "wide soft" }, t(`replay.shipped.${name}`))));
  const element = h("section", { class: "card drop" }, h("h2", {}, t("replay.title")), h("p", { class: "soft" }, t("replay.about")),
    h("ul", { class: "plain" }, ...shipped),
    h("p", {}, h("label", { for: "recording" }, t("replay.choose")), h("br"), file), said, problems);
  element.addEventListener("dragover", (event) => { event.preventDefault(); element.classList.add("over"); });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    take(event.dataTransfer.files);
  });

  async function take(files) {
    const rows = [...files].find((each) => /\.csv(\.gz)?$/.test(each.name));
    const description = [...files].find((each) => each.name.endsWith(".toml"));
    if (!rows || !description) say(said, t("replay.both"));
    else if (rows.size + description.size > MOST_BYTES) say(said, t("replay.too_long"));
    else begin(new Blob([`${JSON.stringify({ name: rows.name.slice(0, 200), description_bytes: description.size })}\n`, description, rows]));
  }
  return { element, say(text, lines = []) {
    say(said, text);
    problems.replaceChildren(...lines.map((each) => h("li", { class: "fault" }, each)));
  } };
}

function player() {
  const canvas = h("canvas", { role: "img", "aria-label": t("step.press.map") });
  const presence = h("h2");
  const reason = h("p", { class: "soft" });
  const time = h("span");
  const whole = h("small");
  const seek = h("input", { type: "range", min: "0", step: "0.1", value: "0", "aria-label": t("replay.seek"), oninput: () => go(Number(seek.value)) });
  const button = h("button", { class: "go huge wide", onclick: () => run(timer === 0) }, t("replay.play"));
  const speed = choices("speed", t("replay.speed"), SPEEDS.map((each) => [String(each), `${each}×`]));
  speed.querySelector(`[value="${FIRST_SPEED}"]`).checked = true;
  const list = h("ol", { class: "plain story" });
  const none = h("p", { class: "soft" }, t("replay.none"));
  const element = h("div", { class: "two", hidden: true },
    h("div", { class: "first" }, h("section", { class: "card" }, presence, reason,
      h("p", { class: "big" }, time, " ", whole), seek, h("div", { class: "row" }, button), speed)),
    h("div", { class: "side" }, h("section", { class: "card" }, h("div", { class: "map" }, canvas), h("p", { class: "soft" }, t("step.press.map")))),
    h("div", { class: "last" }, h("section", { class: "card" }, h("h2", {}, t("replay.events")), none, list)));
  let recording = null;
  let position_s = 0;
  let timer = 0;
  let ticked = 0;

  function run(on) {
    clearInterval(timer);
    timer = 0;
    if (on && recording !== null) {
      if (position_s >= recording.end_s) position_s = 0;
      ticked = performance.now();
      timer = setInterval(tick, TICK_MS);
    }
    say(button, t(timer === 0 ? "replay.play" : "replay.pause"));
  }

  function tick() {
    const now = performance.now();
    const next_s = position_s + (now - ticked) / 1000 * Number(chosen(speed));
    ticked = now;
    if (!element.isConnected) run(false); // another page was opened
    else go(Math.min(next_s, recording.end_s));
    if (recording?.whole && position_s >= recording.end_s) run(false);
  }

  function go(to_s) {
    position_s = to_s;
    const state = at(recording.states, position_s);
    const loads = at(recording.frames, position_s)?.loads_us ?? [];
    say(presence, t(`presence.${presenceOf(state)}`));
    quote(reason, state?.reason_text);
    say(time, clock(position_s));
    seek.value = String(position_s);
    seek.setAttribute("aria-valuetext", `${clock(position_s)} / ${clock(recording.end_s)}`);
    draw(canvas, recording.layout, loads, { centre: state?.presence === "lying" && state.cop_mm ? state.cop_mm : null });
    const last = recording.events.filter((each) => each.t_s <= position_s).length - 1;
    [...list.children].forEach((each, index) => each.toggleAttribute("data-now", index === last));
  }

  function line(event) {
    const key = `event.${event.event_type}`;
    const sentences = (recording.reasons.get(event.id) ?? []).map((each) => h("p", {}, each));
    const name = known(key) ? t(key) : String(event.event_type);
    return h("li", {},
      h("button", { class: "time", "aria-label": `${clock(event.t_s)} ${name}`, onclick: () => go(event.t_s) }, clock(event.t_s)),
      h("b", {}, name), h("br"), h("span", { class: "soft", lang: "en" }, event.text ?? ""),
      sentences.length ? h("details", {}, h("summary", {}, t("replay.why")), h("div", { lang: "en" }, ...sentences)) : null);
  }

  return { element, show(shown) {
    if (shown === null || shown.layout === null) {
      run(false);
      [recording, position_s] = [null, 0];
      list.replaceChildren();
      show(element, false);
      return;
    }
    const first = recording !== shown;
    recording = shown;
    show(element, true);
    for (const event of shown.events.slice(list.children.length)) list.append(line(event));
    show(none, shown.events.length === 0);
    seek.max = String(shown.end_s);
    say(whole, t("replay.of", { end: clock(shown.end_s) }));
    go(position_s);
    if (first) {
      run(true);
      element.scrollIntoView();
    }
  } };
}
