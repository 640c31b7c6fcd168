// What was found: language, topics, names.

import { count, make, nameOf, percent, reveal } from "./dom.js";
import { formOf, kindOf } from "./reading.js";

const TONES = 5;
const HEADINGS = [
  ["ENTITY_TYPE_PERSON", "People"],
  ["ENTITY_TYPE_ORGANIZATION", "Organisations"],
  ["ENTITY_TYPE_LOCATION", "Places"],
];
/** Names that are listed of each type; a long text has thousands. */
const FORMS_MAX = 60;

export function showLanguage(home, language, length, reading) {
  const dialect = language.dialect ? `, ${nameOf("language", language.dialect)}` : "";
  const parts = [
    make(
      "p",
      { class: "tongue" },
      make("span", { class: "name" }, nameOf("language", language.tag) + dialect),
      make("span", { class: "script" }, `${language.tag} · ${nameOf("script", language.script)} script`),
    ),
    language.reliable
      ? make("p", { class: "verdict" }, `Reliable, ${percent(language.score)}`)
      : make("p", { class: "verdict doubt" }, `In doubt, ${percent(language.score)}`),
  ];
  const others = language.alternatives.filter(({ score }) => score >= 0.005);
  if (others.length) {
    const listed = others.map(({ tag, score }) => `${nameOf("language", tag)} ${percent(score)}`).join(", ");
    parts.push(make("p", { class: "others" }, `Or ${listed}`));
  }
  home.replaceChildren(...parts, ...mixture(language.segments, length, reading));
}

/** A strip of the languages of a mixed text, and a button for each. */
function mixture(segments, length, reading) {
  const tags = [...new Set(segments.map(({ tag }) => tag))];
  if (tags.length < 2) return [];
  const tone = (tag) => `tone${Math.min(tags.indexOf(tag), TONES - 1)}`;
  const strip = make("div", { class: "strip", "aria-hidden": "true" });
  for (const { span, tag } of segments) {
    const bar = make("span", { class: tone(tag) });
    bar.style.setProperty("flex-grow", String(span.end - span.begin));
    strip.append(bar);
  }
  const pins = {};
  const items = tags.map((tag) => {
    const spans = segments.filter((segment) => segment.tag === tag).map(({ span }) => span);
    const share = spans.reduce((sum, { begin, end }) => sum + end - begin, 0) / length;
    const words = `${nameOf("language", tag)} ${percent(share)}`;
    const button = make("button", { type: "button" }, make("i", { class: tone(tag) }), words);
    reveal(button, pins, () => reading.underline("tongue", spans), () => reading.underline("tongue", []));
    return make("li", {}, button);
  });
  return [strip, make("ul", { class: "spans", "aria-label": "Languages of the text" }, ...items)];
}

export function showTopics(home, topics, reading) {
  const pins = {};
  const items = topics.map((topic) => {
    const fill = make("span", { class: "fill" });
    fill.style.setProperty("width", `${topic.score * 100}%`);
    const threshold = make("span", { class: "threshold" });
    threshold.style.setProperty("inset-inline-start", `${topic.threshold * 100}%`);
    const verdict = make("span", { class: "hidden" }, topic.present ? ", present" : ", not present");
    const button = make(
      "button",
      { type: "button" },
      make("span", { class: "id" }, topic.id),
      make("span", { class: "score" }, `${percent(topic.score)}, threshold ${percent(topic.threshold)}`, verdict),
      make("span", { class: "bar", "aria-hidden": "true" }, fill, threshold),
    );
    const spans = topic.evidence.map(({ span }) => span);
    reveal(button, pins, () => reading.underline("evidence", spans), () => reading.underline("evidence", []));
    const item = make("li", { class: topic.present ? "topic" : "topic absent" }, button);
    const words = [...new Set(topic.evidence.map(({ surface }) => surface))];
    if (topic.present && words.length) {
      const listed = words.map((word) => make("li", {}, make("bdi", {}, word)));
      item.append(make("ul", { class: "why", "aria-label": `Evidence for ${topic.id}` }, ...listed));
    }
    return item;
  });
  home.replaceChildren(make("ul", {}, ...items));
}

export function showEntities(home, mentions, reading, lang) {
  const groups = new Map();
  for (const mention of mentions) {
    const form = formOf(mention);
    if (!groups.has(form)) groups.set(form, { form, mention, times: 0 });
    groups.get(form).times++;
  }
  const pins = {};
  const kinds = HEADINGS.map(([type, heading]) => {
    const forms = [...groups.values()].filter(({ mention }) => mention.type === type).sort((a, b) => b.times - a.times);
    if (!forms.length) return undefined;
    const items = forms.slice(0, FORMS_MAX).map((group) => make("li", {}, nameButton(group, pins, reading, lang)));
    const more = forms.length - items.length;
    if (more > 0) items.push(make("li", { class: "none" }, `and ${count(more, "other", "others")}`));
    return make(
      "section",
      { class: kindOf(type).name },
      make("h3", {}, heading, make("span", {}, String(forms.length))),
      make("ul", { class: "forms" }, ...items),
    );
  }).filter(Boolean);
  home.replaceChildren(
    kinds.length ? make("div", { class: "kinds" }, ...kinds) : make("p", { class: "none" }, "No names were found."),
  );
}

function nameButton({ form, mention, times }, pins, reading, lang) {
  const button = make(
    "button",
    { type: "button", title: mention.normalized },
    make("bdi", { lang }, mention.surface),
    times > 1 ? make("span", { class: "count" }, `×${times}`) : "",
  );
  reveal(button, pins, () => reading.light(form), () => reading.light(undefined));
  return button;
}
