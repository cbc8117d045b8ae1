// A recording as it comes from the machine, line by line, and what it says of a moment.
import { SignedOut } from "./api.js";

const MOST_EVENTS = 2000; // more are no story any more

export class Recording {
  constructor() {
    this.layout = null;
    this.frames = [];
    this.states = [];
    this.events = [];
    this.reasons = new Map();
    this.problems = [];
    this.whole = false;
    this.end_s = 0;
  }

  // Fills itself from the machine; `onMore` is called as it grows. Gives the answer that says no, or null after the last line.
  async play(body, signal, onMore) {
    let answer;
    try {
      answer = await fetch("/api/replay", { method: "POST", headers: { "content-type": "application/octet-stream" }, body, signal,
        cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) throw new SignedOut();
      if (!answer.ok) return await answer.json();
      await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), onMore);
    } catch (error) {
      if (error instanceof SignedOut) throw error;
      return { ok: false, reason: "lost" };
    }
    return null;
  }

  async read(reader, onMore) {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      lines.forEach((line) => this.take(JSON.parse(line)));
      onMore();
    }
  }

  take(line) {
    if (line.kind === "hello") this.layout = line.layout;
    else if (line.kind === "frame") this.frames.push(line);
    else if (line.kind === "state") this.states.push(line);
    else if (line.kind === "event" && this.events.length < MOST_EVENTS) this.events.push(line);
    else if (line.kind === "why") line.ids.forEach((id) => this.reasons.set(id, line.sentences));
    else if (line.kind === "refused") this.problems.push(line.text);
    else if (line.kind === "end") [this.whole, this.problems] = [true, line.problems];
    if (line.kind !== "hello" && line.t_s > this.end_s) this.end_s = line.t_s;
  }
}

// The last of these at or before a time; undefined before the first.
export function at(lines, t_s) {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].t_s <= t_s) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1];
}
