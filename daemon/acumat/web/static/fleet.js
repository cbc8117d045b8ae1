// The page of many mats: what is shown when, and the record asked again and again while somebody looks.
import { SignedOut, answerText, ask } from "./api.js";
import { h, memory, say } from "./dom.js";
import { mat } from "./fleet_mat.js";
import { mats } from "./fleet_mats.js";
import { take } from "./fleet_take.js";
import { comeIn, showSignIn } from "./signin.js";
import { learn, preferred, t } from "./words.js";

const AGAIN_MS = 10_000;
const PAGES = { mats, mat, take };
const main = document.getElementById("main");
const banner = document.getElementById("banner");
const actions = { onLanguage, onSignedOut: signIn };
let page = null;
let overview = null; // the last one that could be read
let refused = null; // why there is none now
let timer = 0;

function open(focus) {
  const [asked, rest] = location.hash.slice(1).split(/[/?](.*)/s);
  const name = Object.hasOwn(PAGES, asked) ? asked : "mats";
  page = PAGES[name](rest ?? "", actions);
  document.title = `${page.title} – acumat`;
  document.getElementById("nav").replaceChildren(...["mats", "take"].map((each) =>
    h("a", { href: `#${each}`, "aria-current": each === name ? "page" : null }, t(`fleet.nav.${each}`))));
  main.replaceChildren(page.element);
  if (focus) { main.focus({ preventScroll: true }); window.scrollTo(0, 0); }
  update();
}

function update() {
  if (page === null) return;
  if (overview !== null) page.update(overview);
  say(banner, sentence());
}

function sentence() {
  if (refused !== null) return answerText(refused);
  if (overview === null) return t("past.reading");
  if (overview.count === 0) return t("fleet.none");
  if (overview.collector_late) return t("fleet.collector_late");
  return overview.copy ? t("fleet.copy") : "";
}

async function read() {
  clearTimeout(timer);
  if (page === null) return;
  if (!document.hidden) {
    try {
      const answer = await ask("/api/fleet");
      refused = answer.ok ? null : answer;
      if (answer.ok) overview = answer;
      update();
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      signIn();
      return;
    }
  }
  clearTimeout(timer);
  timer = setTimeout(read, AGAIN_MS);
}

function signIn() {
  page = overview = refused = null;
  clearTimeout(timer);
  showSignIn(main, begin, onLanguage);
}

async function onLanguage(chosen) {
  memory.set("language", chosen);
  await learn(chosen);
  if (page === null) signIn();
  else open(false);
}

function begin() {
  open(false);
  read();
}

async function arrive() {
  await learn(preferred(), "more", "fleet");
  await comeIn();
  try {
    const answer = await ask("/api/fleet");
    refused = answer.ok ? null : answer;
    if (answer.ok) overview = answer;
    begin();
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    signIn();
  }
}

window.addEventListener("hashchange", () => { if (page !== null) open(true); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) read(); });
// whatever was asked for, with a session that is over
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof SignedOut)) return;
  event.preventDefault();
  if (page !== null) signIn();
});
arrive();
