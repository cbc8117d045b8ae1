// Who lies there, and whose days are shown; nothing of it is seen where one person uses the mat.
import { answerText, command } from "./api.js";
import { h, say } from "./dom.js";
import { t } from "./words.js";

let chosenName = ""; // as long as the window is open: names are kept nowhere

// The people of the mat; empty where there are none, or the daemon does not say.
export async function everybody() {
  const answer = await command("people_list");
  return answer.ok && Array.isArray(answer.people) ? answer.people : [];
}

// A choice of whose days are shown. `all` offers everybody together, and somebody unknown.
export function whose(people, all, onChoice) {
  const named = people.filter((each) => all || each.name !== "unknown");
  if (!named.some((each) => each.name === chosenName)) chosenName = all ? "" : named[0]?.name ?? "";
  if (people.length < 2) return null;
  const options = named.map(({ name }) => h("option", { value: name, selected: name === chosenName }, nameOf(name)));
  return h("p", {}, h("label", { for: "whose" }, t("people.whose")), " ",
    h("select", { id: "whose", onchange: (event) => { chosenName = event.target.value; onChoice(); } },
      all ? h("option", { value: "" }, t("people.all")) : null, ...options));
}

export const person = (people) => (people.length > 1 && chosenName ? { person: chosenName } : {});

export function nameOf(name) {
  return name === "unknown" ? t("people.unknown") : name === "guest" ? t("people.guest") : name;
}

// The daemon names people by their numbers where names are not published.
export function named(who, people) {
  const found = people.find((each) => who === each.name || who === `person ${each.number}`);
  return nameOf(found?.name ?? who ?? "unknown");
}

// Who lies there or comes next.
export function lying(live) {
  const now = h("b");
  const said = h("p", { role: "status" });
  const choice = h("select", { id: "who" });
  const element = h("section", { class: "card" }, h("h2", {}, t("people.who")), h("p", {}, now),
    h("div", { class: "row" }, h("label", { for: "who" }, t("people.it_is")), choice,
      h("button", { onclick: async () => { say(said, answerText(await command("who", { who: choice.value }))); live.soon(); } }, t("people.say"))), said);
  let people = [];
  everybody().then((found) => {
    people = found;
    const names = [...found.map((each) => each.name).filter((name) => name !== "unknown"), "guest", "unknown"];
    choice.replaceChildren(...names.map((name) => h("option", { value: name }, nameOf(name))));
    update(live);
  }).catch(() => {});
  function update({ status }) {
    say(now, named(status?.routine?.who, people));
  }
  return { element, update };
}
