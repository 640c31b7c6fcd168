import { Trouble, enrich, info, useKey } from "./api.js";
import { count, find, make, nameOf } from "./dom.js";
import { showEntities, showLanguage, showTopics } from "./facts.js";
import { showModels } from "./models.js";
import { read } from "./reading.js";
import { showRequest, startRequest } from "./request.js";
import { SAMPLES } from "./samples.js";

/** How often a service that is loading or away is asked again, in milliseconds. */
const AGAIN_MS = 1000;
const utf8 = new TextEncoder();

let running; // What can stop the call under way.
let waiting; // The timer of the next attempt.
let textBytesMax = Infinity;

const STATES = {
  asking: "Asking the service",
  ready: "Ready",
  loading: "Loading its models",
  busy: "Overloaded",
  away: "Away",
  key: "Asks for a key",
};
function tell(state) {
  find("state").dataset.state = state;
  find("state-words").textContent = STATES[state];
}

/** Learns what serves, however long that takes to come up. */
async function meet() {
  try {
    const told = await info();
    textBytesMax = Number(told.limits?.textBytesMax ?? Infinity);
    showModels(told);
    measure();
    if (find("state").dataset.state !== "busy") tell("ready");
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    tell(STATES[error.kind] ? error.kind : "away");
    if (error.kind === "key") find("key-box").hidden = false;
    else setTimeout(meet, AGAIN_MS);
  }
}

function measure() {
  const text = find("text").value;
  const size = find("size");
  const bytes = utf8.encode(text).length;
  const over = bytes > textBytesMax;
  size.textContent = over
    ? `${bytes.toLocaleString("en")} bytes; the limit is ${textBytesMax.toLocaleString("en")}`
    : count(text.length, "character", "characters");
  size.classList.toggle("over", over);
  find("go").disabled = over || !text.trim();
}

function stop() {
  clearTimeout(waiting);
  running?.abort();
  running = undefined;
  document.body.classList.remove("working");
  find("stop").hidden = true;
  for (const id of ["results", "reading"]) find(id).classList.remove("stale");
}

/** Asks about the text. `again` where the page does so by itself: what it has said of its trouble then stays. */
async function analyse(again = false) {
  stop();
  const text = find("text").value;
  if (!text.trim()) return;
  const own = new AbortController();
  running = own;
  if (!again) find("trouble").hidden = true;
  find("stop").hidden = false;
  document.body.classList.add("working");
  for (const id of ["results", "reading"]) find(id).classList.add("stale");
  try {
    const answer = await enrich(text, own.signal);
    if (running !== own) return;
    stop();
    tell("ready");
    find("trouble").hidden = true;
    show(text, answer);
  } catch (error) {
    if (running !== own) return;
    stop();
    if (error instanceof Trouble) complain(error);
    else if (error.name !== "AbortError") throw error;
  }
}

function show(text, answer) {
  const mentions = answer.entities?.mentions ?? [];
  const segments = answer.language?.segments ?? [];
  const reading = read(find("reading-body"), text, { mentions, segments });
  reading.underline("evidence", []);
  reading.underline("tongue", []);
  const part = (id, found, render) => {
    find(id).hidden = !found;
    if (found) render(find(`${id}-body`), found);
  };
  part("language", answer.language, (home, language) => showLanguage(home, language, text.length, reading));
  part("topics", answer.topics?.topics, (home, topics) => showTopics(home, topics, reading));
  const lang = answer.language?.tag === "und" ? undefined : answer.language?.tag;
  part("entities", answer.entities?.mentions, (home, found) => showEntities(home, found, reading, lang));
  find("reading").hidden = false;
  find("request").hidden = false;
  showRequest(text, answer);
  const lacking = ({ feature, status }) => `${feature.replace("FEATURE_", "").toLowerCase()}: ${status.message}`;
  const missing = (answer.failures ?? []).map(lacking);
  if (missing.length) say(`A part is missing. ${missing.join("; ")}`);
  const present = (answer.topics?.topics ?? []).filter((topic) => topic.present).map(({ id }) => id);
  find("told").textContent = [
    answer.language && nameOf("language", answer.language.tag),
    answer.entities && count(mentions.length, "mention", "mentions"),
    answer.topics && (present.length ? `about ${present.join(", ")}` : "about none of the topics"),
  ].filter(Boolean).join(", ");
}

/** Tells what went wrong; `reason` is for programs, and for who looks it up. */
function say(message, reason, ...rest) {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  const words = make("p", {}, sentence.charAt(0).toUpperCase() + sentence.slice(1));
  if (reason) words.append(" ", make("code", {}, reason));
  const trouble = find("trouble");
  // Who hears the page should not hear the same at every attempt.
  if (trouble.hidden || trouble.firstChild?.textContent !== words.textContent) trouble.replaceChildren(words, ...rest);
  trouble.hidden = false;
}

function complain({ kind, message, reason, waitMs }) {
  if (STATES[kind]) tell(kind);
  if (kind === "key") {
    find("key-box").hidden = false;
    find("key").focus();
    say(message, reason);
    return;
  }
  const again = make("button", { type: "button", class: "quiet", on: { click: () => analyse() } }, "Try again");
  if (kind === "loading" || kind === "busy" || kind === "away") {
    say(`${message.replace(/[.]$/, "")}. The page asks again by itself.`, reason, again);
    waiting = setTimeout(analyse, Math.max(waitMs, AGAIN_MS), true);
  } else {
    say(message, reason, again);
  }
}

function put(text) {
  find("text").value = text;
  measure();
}

function chooseSample(button) {
  for (const other of find("samples").children) other.setAttribute("aria-pressed", String(other === button));
}

function startSamples() {
  for (const { name, lang, text } of SAMPLES) {
    const choose = ({ currentTarget }) => {
      chooseSample(currentTarget);
      put(text);
      analyse();
    };
    const button = make("button", { type: "button", lang, "aria-pressed": "false", on: { click: choose } }, name);
    find("samples").append(button);
  }
}

async function open(file) {
  if (!file) return;
  // A character takes at least a byte: what is longer than this cannot be within the limit.
  if (file.size > textBytesMax) {
    say(`${file.name} has ${file.size.toLocaleString("en")} bytes; the limit is ${textBytesMax.toLocaleString("en")}`);
    return;
  }
  chooseSample(undefined);
  put(await file.text());
  analyse();
}

function startInput() {
  const form = find("form");
  const text = find("text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    analyse();
  });
  text.addEventListener("input", () => {
    chooseSample(undefined);
    measure();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  find("stop").addEventListener("click", stop);
  find("file").addEventListener("change", ({ currentTarget }) => open(currentTarget.files[0]));
  find("key").addEventListener("change", ({ currentTarget }) => {
    useKey(currentTarget.value);
    meet();
    analyse();
  });
  for (const event of ["dragenter", "dragover"]) {
    form.addEventListener(event, (drag) => {
      drag.preventDefault();
      form.classList.add("dropping");
    });
  }
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (drop) => {
    drop.preventDefault();
    form.classList.remove("dropping");
    const [file] = drop.dataTransfer.files;
    const dropped = drop.dataTransfer.getData("text/plain");
    if (file) open(file);
    else if (dropped) {
      put(dropped);
      analyse();
    }
  });
}

function startTheme() {
  find("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme ?? preferred) === "dark" ? "light" : "dark";
  });
}

startSamples();
startInput();
startTheme();
startRequest();
const [first] = SAMPLES;
chooseSample(find("samples").firstElementChild);
put(first.text);
analyse();
meet();
