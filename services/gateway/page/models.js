// What GetInfo says: the models that answer, and the limits in force.

import { count, find, make, nameOf, percent } from "./dom.js";

const bytes = (number) => {
  const n = Number(number);
  if (n >= 1 << 20) return `${+(n / (1 << 20)).toFixed(1)} MiB`;
  return n >= 1 << 10 ? `${+(n / (1 << 10)).toFixed(1)} KiB` : `${n} bytes`;
};
const whole = (number) => Number(number).toLocaleString("en");
const seconds = (duration) => duration && `${parseFloat(duration)} s`;

const rows = (pairs) =>
  pairs.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);

function card(title, about, pairs, ...rest) {
  const head = [make("h3", {}, title), make("p", { class: "about" }, about)];
  return make("section", { class: "card" }, ...head, make("dl", {}, ...rows(pairs)), ...rest);
}

function scores(measured) {
  if (!measured.length) return [];
  const lines = measured.map(({ language, dataset, metric, value }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, `${language === "mul" ? "Several" : nameOf("language", language)}, ${dataset}`),
      make("td", {}, `${metric} ${value.toFixed(3)}`),
    ),
  );
  const table = make("table", {}, make("tbody", {}, ...lines));
  return [make("details", {}, make("summary", {}, count(measured.length, "measured score", "measured scores")), table)];
}

function modelCard(part, model, more) {
  return card(
    part,
    `${model.name} ${model.version}, ${model.architecture}`,
    [
      ["Licence", model.licence],
      ["Weights", Number(model.parameters) ? whole(model.parameters) : ""],
      ["Computes", [model.engine, model.precision, model.device].filter(Boolean).join(", ")],
      ["SHA-256", model.sha256 && `${model.sha256.slice(0, 12)}…`],
      ...more,
    ],
    ...scores(model.scores),
  );
}

function limitsCard(limits) {
  const tenant = limits.tenant;
  return card("Limits", "What one call, and one caller, may ask of this process.", [
    ["Text", bytes(limits.textBytesMax)],
    ["Texts in a batch", whole(limits.batchItemsMax)],
    ["Message", bytes(limits.messageBytesMax)],
    ["Calls at work", whole(limits.inFlightMax)],
    ["Deadline", `${seconds(limits.deadlineDefault)}, at most ${seconds(limits.deadlineMax)}`],
    ["Answer expected within", seconds(limits.queueTimeMax)],
    ["Answers kept", Number(limits.cacheBytesMax) ? bytes(limits.cacheBytesMax) : "none"],
    ["Tenant", tenant?.tenant],
    ["Tokens a second", tenant && Number(tenant.tokensPerSecond) ? whole(tenant.tokensPerSecond) : ""],
  ]);
}

export function showModels(info) {
  const cards = [];
  for (const model of info.language?.models ?? []) {
    cards.push(modelCard("Language", model, [["Languages", String(info.language.languages.length)]]));
  }
  for (const model of info.entities?.models ?? []) {
    cards.push(modelCard("Entities", model, [["Window", `${info.entities.windowTokensMax} tokens`]]));
  }
  const topics = (info.topics?.topics ?? []).map(({ id, threshold }) => `${id} from ${percent(threshold)}`).join(", ");
  for (const model of info.topics?.models ?? []) cards.push(modelCard("Topics", model, [["Topics", topics]]));
  if (info.limits) cards.push(limitsCard(info.limits));
  find("models-body").replaceChildren(...cards);
  find("models").hidden = !cards.length;
  find("version").textContent = `Version ${info.version}`;
}
