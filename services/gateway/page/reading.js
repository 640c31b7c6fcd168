// The text, with its mentions marked in place.

import { make } from "./dom.js";

const KINDS = {
  ENTITY_TYPE_PERSON: { name: "person", words: "person" },
  ENTITY_TYPE_ORGANIZATION: { name: "organization", words: "org" },
  ENTITY_TYPE_LOCATION: { name: "location", words: "place" },
};
export const kindOf = (type) => KINDS[type] ?? { name: "other", words: type };

/** What makes two mentions the same name. */
export const formOf = (mention) => `${mention.type} ${mention.normalized}`;

/**
 * Shows `text` in `home`, a paragraph for each of its lines, each in the direction of its first letter. Returns what
 * lights up a name and what underlines spans.
 */
export function read(home, text, { mentions, segments }) {
  const pieces = []; // Text nodes with the span of the text that each shows, in order.
  const marks = new Map(); // Form of a name -> its marks.
  let next = 0; // The first mention that does not end before the line.
  const lines = [];
  for (let begin = 0; begin <= text.length; ) {
    const feed = text.indexOf("\n", begin);
    const end = feed < 0 ? text.length : feed;
    if (text.slice(begin, end).trim()) {
      const paragraph = make("p", { dir: "auto", lang: languageAt(segments, begin) });
      while (next < mentions.length && mentions[next].span.end <= begin) next++;
      fill(paragraph, { text, begin, end, mentions, next }, pieces, marks);
      lines.push(paragraph);
    }
    begin = end + 1;
  }
  home.replaceChildren(...lines);
  return {
    light: (form) => {
      for (const mark of home.querySelectorAll("mark.lit")) mark.classList.remove("lit");
      for (const mark of marks.get(form) ?? []) mark.classList.add("lit");
    },
    underline: (name, spans) => highlight(name, pieces, spans),
  };
}

function fill(paragraph, { text, begin, end, mentions, next }, pieces, marks) {
  const put = (parent, from, to) => {
    if (from >= to) return;
    const node = document.createTextNode(text.slice(from, to));
    pieces.push({ begin: from, end: to, node });
    parent.append(node);
  };
  let at = begin;
  for (let i = next; i < mentions.length && mentions[i].span.begin < end; i++) {
    const mention = mentions[i];
    const from = Math.max(mention.span.begin, at);
    const to = Math.min(mention.span.end, end);
    if (from >= to) continue;
    put(paragraph, at, from);
    const kind = kindOf(mention.type);
    // The label stands where the mention ends, not at each line that it runs over.
    const ends = to === mention.span.end;
    const mark = make("mark", {
      class: ends ? `${kind.name} end` : kind.name,
      "data-label": kind.words,
      title: `${kind.words} · ${Math.round(mention.score * 100)} %`,
    });
    put(mark, from, to);
    paragraph.append(mark);
    const form = formOf(mention);
    if (!marks.has(form)) marks.set(form, []);
    marks.get(form).push(mark);
    at = to;
  }
  put(paragraph, at, end);
}

/** The language of the text at `place`; its letters may need a font of their own. */
function languageAt(segments, place) {
  const segment = segments.find(({ span }) => span.begin <= place && place < span.end);
  return segment && segment.tag !== "und" ? segment.tag : undefined;
}

/** Highlights `spans` without touching the text's elements, so that Arabic letters stay joined. */
function highlight(name, pieces, spans) {
  if (!globalThis.CSS?.highlights) return;
  const ranges = [];
  for (const { begin, end } of spans) {
    for (let i = firstBehind(pieces, begin); i < pieces.length && pieces[i].begin < end; i++) {
      const range = new Range();
      range.setStart(pieces[i].node, Math.max(begin, pieces[i].begin) - pieces[i].begin);
      range.setEnd(pieces[i].node, Math.min(end, pieces[i].end) - pieces[i].begin);
      ranges.push(range);
    }
  }
  CSS.highlights.set(name, new Highlight(...ranges));
}

/** The first piece that ends behind `place`. */
function firstBehind(pieces, place) {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle].end <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
