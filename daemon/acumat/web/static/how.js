// How it went: what the answers show, plots with their tables, the week, notes after a session, and what to take along.
import { answerText, command, SignedOut } from "./api.js";
import { choices, chosen, h, say, show } from "./dom.js";
import { plots, read, saving, when } from "./past.js";
import { everybody, person, whose } from "./people.js";
import { known, language, learnMore, number, t } from "./words.js";

export const ready = learnMore;

const WEEK = ["stiffness", "ease", "headaches", "sleep"];
const TAGS = ["warm", "heavy", "tingling", "red", "tight"];

export function how(live, { again, onSignedOut }) {
  const element = h("div", {});
  const asked = week(live);
  const noted = notes(live);
  everybody().then((people) => {
    const of = () => person(people);
    const choice = whose(people, false, again);
    element.replaceChildren(...[choice, helped(of()), asked.element, noted.element, drawn(of()), taking(of, onSignedOut)].filter(Boolean));
  }).catch((error) => { if (error instanceof SignedOut) onSignedOut(); });
  element.append(h("p", { class: "soft", role: "status" }, t("past.reading")));
  return { title: t("nav.how"), element, update: () => { asked.update(live); noted.update(live); } };
}

function own(text) {
  return h("p", { lang: "en" }, text);
}

function helped(of) {
  return h("section", { class: "card" }, h("h2", {}, t("how.helped")), when(read("helped", of), (answer) => {
    const { paired, trend, rhythm_of: rhythm } = answer;
    const [weeks, ...weekly] = answer.weeks ?? [];
    return [h("h3", {}, t("how.sessions")), language === "en" ? h("p", {}, ...(answer.sessions ?? [])) : h("p", {}, pairedWords(paired)),
      h("h3", {}, t("how.weeks")), language === "en" ? h("p", {}, weeks ?? "") : h("p", {}, trendWords(trend)), ...weekly.map(own),
      ...(rhythm ? [h("h3", {}, t("how.rhythm")), language === "en" ? h("p", {}, ...answer.rhythm)
        : h("p", {}, t("how.rhythm.text", { days: number(rhythm.days), points: number(rhythm.points) }))] : []),
      ...(answer.together?.length ? [h("h3", {}, t("how.together")), ...answer.together.map(own)] : []), h("p", { class: "soft" }, t("how.not_known"))];
  }));
}

function pairedWords(paired) {
  const key = `how.paired.${paired?.change}`;
  if (!known(key)) return "–";
  return t(key, { n: number(paired.pairs), missing: number(Math.max(1, 10 - paired.pairs)), better: number(paired.better), worse: number(paired.worse) });
}

function trendWords(trend) {
  const key = `how.trend.${trend?.change}`;
  return known(key) ? t(key, { n: number(trend.answers), weeks: number(trend.weeks) }) : "–";
}

function drawn(of) {
  return h("section", { class: "card" }, h("h2", {}, t("how.plots")), h("p", { class: "soft" }, t("how.sides")), plots({ what: "course", ...of }));
}

const five = (name, legend, low, high) => {
  const group = choices(name, legend, [1, 2, 3, 4, 5].map((each) => [String(each), String(each), each === 1 ? low : each === 5 ? high : null]));
  group.append(h("p", { class: "soft" }, `1: ${low}, 5: ${high}`));
  return group;
};

// Four taps, each of which may be left out.
function week(live) {
  const groups = WEEK.map((name) => five(name, t(`week.${name}`), t(`week.${name}.1`), t(`week.${name}.5`)));
  const said = h("p", { role: "status" });
  const give = async (name, values) => {
    const answer = await command(name, values);
    say(said, answer.ok && name === "weekly_look" ? t("feel.thanks") : answerText(answer));
    if (answer.ok) { form.reset(); element.open = false; }
    live.soon();
  };
  const skip = h("button", { type: "button", hidden: true, onclick: () => give("skip") }, t("week.skip"));
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    const given = WEEK.map((name, at) => [name, chosen(groups[at])]).filter(([, each]) => each !== null);
    if (given.length) give("weekly_look", Object.fromEntries(given.map(([name, each]) => [name, Number(each)])));
    else say(said, t("week.nothing"));
  } }, h("p", { class: "soft" }, t("week.text")), ...groups, h("div", { class: "row" }, h("button", { class: "go" }, t("feel.send")), skip));
  const title = h("summary");
  const element = h("details", {}, title, form);
  return { element: h("section", { class: "card" }, element, said), update: opened(element, ["weekly_look"], (due) => {
    say(title, t(due ? "week.asked" : "week.title"));
    show(skip, due);
  }) };
}

// Opens a card when its question is put, and leaves it to the person from then on.
function opened(element, questions, onDue) {
  let was = null;
  return ({ status }) => {
    const due = questions.includes(status?.wellbeing?.question);
    if (due === was) return;
    was = due;
    if (due) element.open = true;
    onDue(due);
  };
}

// Several of them, or none.
function notes(live) {
  const boxes = TAGS.map((name) => h("input", { type: "checkbox", name, value: name }));
  const alertness = five("alertness", t("note.alertness"), t("feel.calm.1"), t("feel.calm.5"));
  const sleep = five("sleep-after", t("note.sleep"), t("week.sleep.1"), t("week.sleep.5"));
  const said = h("p", { role: "status" });
  const form = h("form", { onsubmit: async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(boxes.filter((each) => each.checked).map((each) => [each.value, true]));
    if (chosen(alertness)) values.alertness = Number(chosen(alertness));
    if (chosen(sleep)) values.sleep = Number(chosen(sleep));
    if (!Object.keys(values).length) { say(said, t("week.nothing")); return; }
    const answer = await command("note", values);
    say(said, answerText(answer));
    if (answer.ok) { form.reset(); element.open = false; }
    live.soon();
  } }, h("fieldset", {}, h("legend", {}, t("note.body")), h("div", { class: "choices" }, ...boxes.map((each) => h("label", {}, each, t(`tag.${each.value}`))))),
  alertness, sleep, h("button", { class: "go" }, t("feel.send")));
  const element = h("details", {}, h("summary", {}, t("note.title")), h("p", { class: "soft" }, t("note.text")), form);
  return { element: h("section", { class: "card" }, element, said), update: opened(element, ["sleep", "alertness"], () => {}) };
}

// Files are made by the daemon, and saved by the browser.
function taking(of, onSignedOut) {
  const said = h("p", { role: "status" });
  const save = (text, path, name) => saving(text, path, name, said, onSignedOut);
  return h("section", { class: "card" }, h("h2", {}, t("take.title")), h("p", { class: "soft" }, t("take.text")), h("div", { class: "row" },
    save(t("take.report"), () => `/report.html?${new URLSearchParams(of())}`, "acumat-report.html"), save(t("take.everything"), () => "/export/history.json", "history.json"),
    save(t("take.sessions"), () => "/export/sessions.csv", "sessions.csv"), save(t("take.check_ins"), () => "/export/check-ins.csv", "check-ins.csv")), said);
}
