// Tables to take along, and what else belongs to the visitor.
import { ask } from "./api.js";
import { h } from "./dom.js";
import { saving } from "./past.js";
import { chooser, t } from "./words.js";

const FILES = ["mats", "sessions", "days"];
const SPAN_DAYS = 27;

export function take(rest, { onLanguage, onSignedOut }) {
  const today = new Date();
  const day = (back) => new Date(today.getTime() - 864e5 * back).toISOString().slice(0, 10);
  const from = h("input", { type: "date", id: "from", value: day(SPAN_DAYS), required: true });
  const to = h("input", { type: "date", id: "to", value: day(0), required: true });
  const site = h("select", { id: "site" }, h("option", { value: "" }, t("fleet.site.all")));
  const siteRow = h("p", { hidden: true }, h("label", { for: "site" }, t("fleet.site")), h("br"), site);
  const said = h("p", { role: "status" });
  const path = (name) => () => `/export/${name}.csv?${new URLSearchParams({ from: from.value, to: to.value, site: site.value })}`;
  const field = (input, key) => h("p", {}, h("label", { for: input.id }, t(key)), h("br"), input);
  const out = h("button", { onclick: async () => { await ask("/logout", {}); onSignedOut(); } }, t("signin.out"));
  const element = h("div", {},
    h("section", { class: "card" }, h("h2", {}, t("fleet.nav.take")), h("p", { class: "soft" }, t("fleet.take.text")),
      h("div", { class: "row" }, field(from, "fleet.take.from"), field(to, "fleet.take.to"), siteRow),
      h("div", { class: "row" }, ...FILES.map((each) => saving(t(`fleet.take.${each}`), path(each), `acumat-${each}.csv`, said, onSignedOut))), said),
    h("section", { class: "card" }, chooser(onLanguage), out));
  function update({ mats }) {
    const names = [...new Set(mats.map((each) => each.site).filter(Boolean))].sort();
    siteRow.hidden = names.length < 2;
    if (site.children.length === 1) site.append(...names.map((each) => h("option", { value: each }, each)));
  }
  return { title: t("fleet.nav.take"), element, update };
}
