// The way in, which is the same for every page.
import { answerText, ask } from "./api.js";
import { h, say } from "./dom.js";
import { chooser, t } from "./words.js";

const CODE = /^#code=(.+)$/;

// Such an address given to a window that is open already.
window.addEventListener("hashchange", () => { if (CODE.test(location.hash)) location.reload(); });

// Shows the form in `main`; `entered` is called for whoever knows the code.
export function showSignIn(main, entered, onLanguage) {
  document.title = `${t("signin.title")} – acumat`;
  document.getElementById("nav").replaceChildren();
  say(document.getElementById("banner"), "");
  const code = h("input", { type: "text", id: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "32" });
  const said = h("p", { role: "alert" });
  const form = h("form", { class: "card", onsubmit: enter }, h("h2", {}, t("signin.title")),
    h("p", {}, h("label", { for: "code" }, t("signin.code")), h("br"), code),
    h("p", {}, h("button", { class: "go" }, t("signin.go"))), said, h("p", { class: "soft" }, t("signin.hint")), chooser(onLanguage));
  main.replaceChildren(form);
  code.focus();

  async function enter(event) {
    event.preventDefault();
    const answer = await ask("/login", { code: code.value });
    if (answer.ok) entered();
    else say(said, answerText(answer));
  }
}

// An address that ends in #code=… signs in by itself: a browser sends nothing behind the # to anybody.
export async function comeIn() {
  const code = location.hash.match(CODE)?.[1];
  if (code === undefined) return;
  history.replaceState(null, "", "/");
  await ask("/login", { code });
}
