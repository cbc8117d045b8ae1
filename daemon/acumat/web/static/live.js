// What is known of the mat: the stream's lines, and the daemon's status asked for when something has changed.
import { ask, SignedOut } from "./api.js";

const AGAIN_MS = 5000;
const STALE_MS = 5000;
const SOON_MS = 300;
const EVENTS = 20;

export class Live {
  constructor(onChange, onSignedOut) {
    this.up = null;
    this.hello = null;
    this.frame = null;
    this.status = null;
    this.events = [];
    this.reachable = true;
    this.onChange = onChange;
    this.onSignedOut = onSignedOut;
    this.source = null;
    this.timer = 0;
    this.problems = "";
    this.frameAt = 0;
    this.running = false;
    document.addEventListener("visibilitychange", () => this.follow());
  }

  start() {
    this.running = true;
    this.follow();
  }

  stop() {
    this.running = false;
    this.follow();
  }

  // A hidden window has no stream: a browser opens six connections to a host, and the phone's battery is not ours.
  follow() {
    const wanted = this.running && !document.hidden;
    if (wanted && this.source === null) this.open();
    if (!wanted && this.source !== null) this.close();
  }

  open() {
    this.events = [];
    const source = new EventSource("/api/live");
    this.source = source;
    source.onopen = () => { this.reachable = true; this.refresh(); };
    source.onerror = () => this.broken(source);
    for (const kind of ["link", "hello", "frame", "event", "answer"]) {
      source.addEventListener(kind, (message) => this.take(kind, JSON.parse(message.data)));
    }
  }

  close() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
    this.timer = 0;
  }

  broken(source) {
    this.reachable = false;
    this.frame = null;
    this.onChange();
    if (source.readyState !== EventSource.CLOSED) { this.events = []; return; }
    this.close();
    this.refresh();
    setTimeout(() => this.follow(), AGAIN_MS);
  }

  take(kind, line) {
    if (kind === "link") {
      this.up = line.up === true;
      if (!this.up) this.frame = null;
    } else if (kind === "hello") {
      this.hello = line;
    } else if (kind === "frame") {
      this.frame = line;
      this.frameAt = Date.now();
      const problems = JSON.stringify(line.problems ?? null);
      if (problems !== this.problems) this.soon();
      this.problems = problems;
    } else {
      if (kind === "event") this.events = [line, ...this.events].slice(0, EVENTS);
      this.soon();
    }
    this.onChange();
  }

  get fresh() {
    return this.frame !== null && Date.now() - this.frameAt < STALE_MS;
  }

  soon() {
    if (this.timer === 0) this.timer = setTimeout(() => { this.timer = 0; this.refresh(); }, SOON_MS);
  }

  async refresh() {
    try {
      const status = await ask("/api/state");
      if (status.ok) this.status = status;
      this.onChange();
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      this.onSignedOut();
    }
  }
}
