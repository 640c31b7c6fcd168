// The answer as JSON, and the same request from elsewhere.

import { question } from "./api.js";
import { find, make } from "./dom.js";

/** A longer text is read from a file by the commands shown, in UTF-16 units. */
const INLINE_MAX = 4000;
/** How much of the JSON is shown; the rest is copied, not laid out. */
const SHOWN_MAX = 100_000;

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const json = (value) => JSON.stringify(value, null, 2);
/** JSON with everything that a Python string would read otherwise escaped alike. */
const python = (text) => JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

function curl(text) {
  const url = `${location.origin}/v1/enrich`;
  if (text.length > INLINE_MAX) return `jq -Rs '{text: .}' text.txt |\n  curl --json @- ${url}`;
  return `curl --json ${quoted(json(question(text)))} \\\n  ${url}`;
}

function grpcurl(text) {
  // The page cannot know the port of gRPC where it is not the default.
  const target = `${location.hostname}:50051 enrich.v1.EnrichmentService/Enrich`;
  if (text.length > INLINE_MAX) return `jq -Rs '{text: .}' text.txt |\n  grpcurl -plaintext -d @ ${target}`;
  return `grpcurl -plaintext -d ${quoted(json(question(text)))} \\\n  ${target}`;
}

function client(text) {
  const read = text.length > INLINE_MAX ? 'open("text.txt", encoding="utf-8").read()' : python(text);
  return `import enrich

text = ${read}
with enrich.Client("${location.hostname}:50051") as client:
    found = client.enrich(text, segments=True, evidence_max=8)

print(found.language.tag)
for mention in found.entities.mentions:
    print(mention.type, mention.surface, mention.begin, mention.end)
for topic in found.topics.topics:
    print(topic.id, round(topic.score, 2), topic.present)`;
}

const FORMS = [
  ["JSON", (text, answer) => json(answer)],
  ["curl", curl],
  ["grpcurl", grpcurl],
  ["Python", client],
];

let chosen = 0;
let shown = { text: "", answer: {} };

function show() {
  const tabs = [...find("tabs").children];
  tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === chosen));
    tab.tabIndex = i === chosen ? 0 : -1;
  });
  const code = FORMS[chosen][1](shown.text, shown.answer);
  const rest = code.length - SHOWN_MAX;
  const more = `\n… and ${rest.toLocaleString("en")} characters more: Copy has them all.`;
  find("code").firstElementChild.textContent = rest > 0 ? code.slice(0, SHOWN_MAX) + more : code;
  find("code").setAttribute("aria-labelledby", tabs[chosen].id);
}

export function showRequest(text, answer) {
  shown = { text, answer };
  show();
}

export function startRequest() {
  const tabs = find("tabs");
  FORMS.forEach(([name], i) => {
    const choose = () => {
      chosen = i;
      show();
    };
    const told = { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": "code" };
    tabs.append(make("button", { ...told, on: { click: choose } }, name));
  });
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    chosen = (chosen + step + FORMS.length) % FORMS.length;
    show();
    tabs.children[chosen].focus();
  });
  const copy = find("copy");
  // Browsers let pages write to the clipboard over TLS and on this machine only.
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(FORMS[chosen][1](shown.text, shown.answer)).then(
      () => "Copied",
      () => "Not allowed",
    );
    copy.textContent = copied;
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
}
