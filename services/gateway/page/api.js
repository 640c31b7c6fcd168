// What the page asks of the service.

/** A refusal by the service, or its absence. */
export class Trouble extends Error {
  constructor(kind, message, { reason = "", waitMs = 0 } = {}) {
    super(message);
    this.kind = kind;
    this.reason = reason;
    this.waitMs = waitMs;
  }
}

const KINDS = { 401: "key", 403: "key", 429: "busy", 503: "loading", 504: "late" };
/** What the page waits at most for an answer, in milliseconds. */
const TIMEOUT_MS = 60_000;

let key = "";

export function useKey(value) {
  key = value.trim();
}

async function ask(path, options) {
  const headers = { "x-timeout-ms": String(TIMEOUT_MS), ...options.headers };
  if (key) headers["x-api-key"] = key;
  let response;
  try {
    response = await fetch(path, { ...options, headers, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("away", "The service does not answer.");
  }
  let body;
  try {
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("away", `Something other than the service answers (${response.status}).`);
  }
  if (response.ok) return body;
  const info = (body.details ?? []).find((detail) => detail.reason);
  const reason = info?.reason ?? "";
  // A service that lacks one behind it says UNAVAILABLE, too, but is not loading.
  const kind = response.status === 503 && reason !== "LOADING" ? "away" : (KINDS[response.status] ?? "refused");
  const waitMs = 1000 * Number(response.headers.get("retry-after") ?? 0);
  throw new Trouble(kind, body.message || `The service answers ${response.status}.`, { reason, waitMs });
}

/** The models and limits. */
export const info = () => ask("/v1/info", {});

/** What is asked about `text`. Spans count as JavaScript's strings do. */
export const question = (text) => ({
  text,
  offsetUnit: "OFFSET_UNIT_UTF16_UNIT",
  languageOptions: { segments: true },
  topicOptions: { evidenceMax: 8 },
});

/** Everything about `text`. */
export const enrich = (text, signal) =>
  ask("/v1/enrich", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question(text)),
    signal,
  });
