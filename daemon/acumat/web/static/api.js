import { t, known, language } from "./words.js";

export class SignedOut extends Error {}

// `signal` gives the question up.
export async function ask(path, body, signal) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, { ...options, signal, cache: "no-store", credentials: "same-origin" });
  } catch {
    return { ok: false, reason: "lost" };
  }
  if (answer.status === 401) throw new SignedOut();
  try {
    const document = await answer.json();
    return document !== null && typeof document === "object" ? document : { ok: false, reason: "lost" };
  } catch {
    return { ok: false, reason: "lost" };
  }
}

export const command = (name, values = {}) => ask(`/api/command/${name}`, values);

// What an answer says, in the reader's language as far as there are words for it; the daemon's sentence follows in its own.
export function answerText(answer) {
  if (answer.reason === "lost") return t("link.lost");
  if (known(`refused.${answer.reason}`)) return t(`refused.${answer.reason}`);
  const own = answer.text ?? "";
  if (language === "en" && own) return own;
  return `${t(answer.ok ? "answer.done" : "answer.refused")} ${own}`.trim();
}
