import { SignedOut, ask } from "./api.js";
import { h, memory, say } from "./dom.js";
import { Live } from "./live.js";
import { comeIn, showSignIn } from "./signin.js";
import { learn, preferred, t } from "./words.js";

const PAGES = ["now", "days", "how", "mat", "setup", "replay"]; // each is a module of this name, fetched when it is first opened
const AGAIN_MS = 2000;
const main = document.getElementById("main");
const banner = document.getElementById("banner");
const live = new Live(() => update(), () => signIn());
const actions = { onLanguage, onSignedOut: () => signIn(), again: () => open(false) };
let page = null;
let signedIn = false;

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
  const asked = location.hash;
  const [first, ...rest] = asked.slice(1).split("/");
  const name = PAGES.find((each) => each === first) ?? PAGES[0];
  let module;
  try {
    module = await import(`./${name}.js`);
    await module.ready?.();
  } catch {
    await comeAgain(asked);
    return;
  }
  if (!signedIn || asked !== location.hash) return; // another page was asked for meanwhile
  page = module[name](live, actions, rest);
  document.title = `${page.title} – acumat`;
  document.getElementById("nav").replaceChildren(...PAGES.map((each) =>
    h("a", { href: `#${each}`, "aria-current": each === name ? "page" : null }, t(`nav.${each}`))));
  main.replaceChildren(page.element);
  if (focus) { main.focus({ preventScroll: true }); window.scrollTo(0, 0); }
  update();
}

// A part cannot be fetched: the page is not reached, or is another release by now, whose parts have other addresses.
async function comeAgain(asked) {
  while (asked === location.hash) {
    say(banner, t("link.lost"));
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    if (asked === location.hash && await fetch("/", { cache: "no-store" }).catch(() => null)) location.reload();
  }
}

function signIn() {
  live.stop();
  page = null;
  signedIn = false;
  showSignIn(main, begin, onLanguage);
}

async function onLanguage(chosen) {
  memory.set("language", chosen);
  await learn(chosen);
  if (page === null) signIn();
  else open(false);
}

function begin() {
  signedIn = true;
  live.start();
  open(false);
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

window.addEventListener("hashchange", () => { if (signedIn) open(true); });
// whatever was asked for, with a session that is over
window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof SignedOut)) return;
  event.preventDefault();
  if (page !== null) signIn();
});
setInterval(update, 1000);
arrive();
