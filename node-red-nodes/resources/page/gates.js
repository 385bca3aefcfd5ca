import { html } from "./markup.js";
import { Plot } from "./plot.js";
import { demandOf, latestOf, plotModel } from "./plot-model.js";

/** The sensor gates of the flow, the one that judges now first. */
export function Gates({ words, gates, language, zone, now }) {
  if (gates.length === 0) return html`<p class="empty card">${words.gate.none}</p>`;
  const order = [...gates].sort((a, b) => Number(b.isJudging) - Number(a.isJudging));
  return order.map(
    (gate) => html`<${Gate} key=${gate.id} ...${{ words, gate, language, zone, now }} />`,
  );
}

function Gate({ words, gate, language, zone, now }) {
  const { title, host, isJudging, percent, verdict, status, phase } = gate;
  const isSoaking = isJudging && phase === "Soaking";
  return html`<article class="gate card" data-gate=${gate.id}>
    <h3>${title}${host ? html` <span class="line">${words.gate.of(host)}</span>` : ""}</h3>
    ${verdict ? html`<p class="verdict ${verdict.status}">${verdict.text}</p>` : html`<p class="line">${status}</p>`}
    ${
      isSoaking &&
      html`<div class="loading">
      <progress max="100" value=${percent} aria-label=${title}></progress>
      <span>${words.gate.judging(percent)}</span>
    </div>`
    }
    ${gate.rows.map((row) => html`<${Row} key=${row.name} ...${{ words, gate, row, language, zone, now }} />`)}
  </article>`;
}

function Row({ words, gate, row, language, zone, now }) {
  const demand = demandOf(row, words, language);
  const model = plotModel(gate, row, now);
  const latest = row.sources.map((source) => latestOf(source, row, { words, language, zone }));
  const spoken = words.gate.spoken(row.name, demand, latest.join("; "), gate.verdict?.text ?? "");
  return html`<section class="row">
    <h4>${row.name} <span class="line">${demand}</span></h4>
    ${model ? html`<${Plot} ...${{ model, words, language, zone, spoken }} />` : html`<p class="line">${words.gate.nothing}</p>`}
    <ul class="legend">
      ${row.sources.map(
        (source, at) => html`<li key=${source.source}>
        <span class="swatch trace-${at % 3}" aria-hidden="true"></span>
        <span><span class="topic">${source.source}</span> ${latest[at]}</span>
      </li>`,
      )}
      <${Marks} ...${{ words, model, row, language }} />
    </ul>
  </section>`;
}

function Marks({ words, model, row, language }) {
  if (!model) return null;
  const marks = [
    model.limits.length > 0 && ["limit", words.gate.limit],
    model.usual && ["usual", words.gate.usual],
    model.allowed && ["allowed", words.gate.allowed],
    model.activatedAt !== null && ["activated", words.gate.activated],
    model.judged && [`judged ${model.judged.status}`, words.gate.judged],
  ].filter(Boolean);
  return marks.map(
    ([kind, text]) =>
      html`<li key=${`${row.name} ${kind} ${language}`}><span class="swatch ${kind}" aria-hidden="true"></span><span>${text}</span></li>`,
  );
}
