// The guided press test: each sensor in turn, and which one answers. It shows a dead sensor, and two that are exchanged.
import { h, isNumber, memory, say, show } from "./dom.js";
import { draw } from "./map.js";
import { t } from "./words.js";

const PRESSED_US = 30; // about a newton on a large pad, as the doctor's own test takes it (a tenth of 1 / 3300 ohms)
const RELEASED_US = 10;
const HELD_FRAMES = 2;

const key = (hello) => `press ${hello?.mat} ${(hello?.layout?.sensors ?? []).map((each) => each.name).join()}`;

// By sensor the name of the one that answered, or null, as far as this browser's last test has come.
function recalled(hello) {
  try {
    const kept = JSON.parse(memory.get(key(hello)) ?? "null");
    return Array.isArray(kept) && kept.length <= hello.layout.sensors.length ? kept : [];
  } catch {
    return [];
  }
}

// Whether every sensor has answered for itself in this browser's last test.
export function allAnswered(hello) {
  const results = recalled(hello);
  return hello.layout.sensors.every((each, at) => results[at] === each.name);
}

export function pressTest(live) {
  const canvas = h("canvas", { role: "img", "aria-label": t("step.press.map") });
  const said = h("p", { role: "status" });
  const list = h("ul", { class: "plain" });
  const start = h("button", { class: "go", onclick: begin }, t("step.press.start"));
  const skip = h("button", { onclick: () => note(null) }, t("step.press.skip"));
  const element = h("div", {}, h("div", { class: "row" }, start, skip), said, h("div", { class: "map" }, canvas), list);
  let results = null; // by sensor: the name of the one that answered, or null; as long as the test has come
  let tested = ""; // whose results they are: the daemon may come back with other sensors
  let running = false;
  let held = 0;
  let released = true;
  let drawn = null;

  const sensors = () => live.hello?.layout?.sensors ?? [];

  function begin() {
    const loads = live.frame?.loads_us ?? [];
    if (loads.some((each) => isNumber(each) && each > PRESSED_US)) {
      say(said, t("step.press.loaded"));
      return;
    }
    [results, running, held, released] = [[], true, 0, true];
    keep();
  }

  function note(answered) {
    results.push(answered);
    [held, released] = [0, answered === null];
    if (results.length >= sensors().length) running = false;
    keep();
  }

  function keep() {
    memory.set(key(live.hello), JSON.stringify(results));
    list.replaceChildren(...results.map((answered, at) => line(sensors()[at].name, answered)));
  }

  function line(name, answered) {
    const text = answered === name ? t("step.press.ok") : answered === null ? t("step.press.none") : t("step.press.other", { other: answered });
    return h("li", { class: answered === name ? "fine" : "fault" }, h("b", {}, name), ": ", text);
  }

  function feel(loads) {
    const strongest = loads.reduce((best, load, at) => (isNumber(load) && load > (loads[best] ?? 0) ? at : best), 0);
    const load = isNumber(loads[strongest]) ? loads[strongest] : 0;
    if (load < RELEASED_US) released = true;
    held = released && load > PRESSED_US ? held + 1 : 0;
    if (held >= HELD_FRAMES) note(sensors()[strongest].name);
  }

  function recall() {
    tested = key(live.hello);
    results = recalled(live.hello);
    running = results.length > 0 && results.length < sensors().length;
    keep();
  }

  return { element, update() {
    const layout = live.hello?.layout;
    if (!layout) return null;
    if (tested !== key(live.hello)) recall();
    const loads = live.frame?.loads_us ?? [];
    if (running && live.frame !== drawn && live.frame) feel(loads);
    drawn = live.frame;
    const target = running ? results.length : -1;
    const marks = layout.sensors.map((each, at) => (at === target ? "▼" : results[at] === each.name ? "✓" : at < results.length ? "!" : ""));
    draw(canvas, layout, loads, { marks });
    show(skip, running);
    start.disabled = !live.frame;
    say(start, t(results.length ? "step.press.anew" : "step.press.start"));
    if (running) {
      say(said, t("step.press.now", { name: layout.sensors[target].name, number: target + 1, all: layout.sensors.length }));
    } else if (results.length) {
      const done = layout.sensors.filter((each, at) => results[at] === each.name).length;
      say(said, t("step.press.count", { done, all: layout.sensors.length }));
    }
    if (results.length < layout.sensors.length) return false;
    return layout.sensors.every((each, at) => results[at] === each.name);
  } };
}
