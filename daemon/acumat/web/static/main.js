import { SignedOut, answerText, ask } from "./api.js";
import { h, memory, say } from "./dom.js";
import { Live } from "./live.js";
import { chooser, learn, preferred, t } from "./words.js";

const PAGES = ["now", "days", "how", "mat", "setup", "replay"]; // each is a module of this name, fetched when it is first opened
const AGAIN_MS = 2000;
const main = document.getElementById("main");
const banner = document.getElementById("banner");
const live = new Live(() => update(), () => signIn());
const actions = { onLanguage, onSignedOut: () => signIn(), again: () => open(false) };
let page = null;
let wanted = "";

function update() {
  page?.update();
  let text = "";
  if (page !== null && !page.apart) {
    if (!live.reachable) text = t("link.lost");
    else if (live.up === false) text = t("link.down");
    else if (!live.fresh) text = t("link.waiting");
  }
  say(banner, text);
}

async function open(focus) {
  const [asked, ...rest] = location.hash.slice(1).split("/");
  const name = PAGES.find((each) => each === asked) ?? PAGES[0];
  wanted = location.hash;
  let module;
  try {
    module = await import(`./${name}.js`);
    await module.ready?.();
  } catch {
    await comeAgain();
    return;
  }
  if (wanted !== location.hash) return; // another page was asked for meanwhile
  page = module[name](live, actions, rest);
  document.title = `${page.title} – acumat`;
  document.getElementById("nav").replaceChildren(...PAGES.map((each) =>
    h("a", { href: `#${each}`, "aria-current": each === name ? "page" : null }, t(`nav.${each}`))));
  main.replaceChildren(page.element);
  if (focus) { main.focus({ preventScroll: true }); window.scrollTo(0, 0); }
  update();
}

// A part cannot be fetched: the page is not reached, or is another release by now, whose parts have other addresses.
async function comeAgain() {
  for (const asked = wanted; asked === location.hash;) {
    say(banner, t("link.lost"));
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    if (asked === location.hash && await fetch("/", { cache: "no-store" }).catch(() => null)) location.reload();
  }
}

function signIn() {
  live.stop();
  page = null;
  wanted = "";
  document.title = `${t("signin.title")} – acumat`;
  document.getElementById("nav").replaceChildren();
  say(banner, "");
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
    if (answer.ok) begin();
    else say(said, answerText(answer));
  }
}

async function onLanguage(chosen) {
  memory.set("language", chosen);
  await learn(chosen);
  if (page === null) signIn();
  else open(false);
}

function begin() {
  live.start();
  open(false);
}

// An address that ends in #code=… signs in by itself: a browser sends nothing behind the # to anybody.
async function comeIn() {
  const code = location.hash.match(/^#code=(.+)$/)?.[1];
  if (code === undefined) return;
  history.replaceState(null, "", "/");
  await ask("/login", { code });
}

async function arrive() {
  await learn(preferred());
  await comeIn();
  try {
    await ask("/api/state");
    begin();
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    signIn();
  }
}

window.addEventListener("hashchange", () => { if (page !== null) open(true); });
// whatever was asked for, with a session that is over
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof SignedOut)) return;
  event.preventDefault();
  if (page !== null) signIn();
});
setInterval(update, 1000);
arrive();
