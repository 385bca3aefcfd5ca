import { html } from "./markup.js";
import { Shape } from "./shape.js";

export const Groups = ({ words, groups, details }) =>
  groups.map(
    ({ name, rows }) => html`
      ${name && html`<h3 class="group">${name}</h3>`}
      <ul class="hosts card" aria-label=${name ?? words.hosts}>
        ${rows.map((row) => html`<${Host} key=${row.host} ...${{ words, row, details: details[row.host] }} />`)}
      </ul>`,
  );

function Host({ words, row, details }) {
  const { host, isAway, path, standing, running, state, why, marks } = row;
  return html`<li class=${isAway ? "host away" : "host"} data-host=${host}>
    <${Shape} standing=${standing} />
    <div class="about">
      <div class="first">
        <strong>${host}</strong>
        <span class="host-state">${state}</span>
      </div>
      ${marks.length > 0 && html`<${Marks} marks=${marks} />`}
      <p class="running" title=${path}>${running}</p>
      ${why && html`<p class="why ${standing}">${why}</p>`}
      <${Loading} ...${{ words, row }} />
      <${Details} ...${{ words, details }} />
    </div>
  </li>`;
}

const Marks = ({ marks }) => html`<p class="marks">
  ${marks.map(({ kind, text }) => html`<span class="mark ${kind}" key=${kind}>${text}</span>`)}
</p>`;

function Loading({ words, row: { host, percent, loaded } }) {
  if (percent === null) return null;
  return html`<div class="loading">
    <progress max="100" value=${percent} aria-label=${words.host.loaded(host)}></progress>
    <span>${percent} %${loaded ? `, ${loaded}` : ""}</span>
  </div>`;
}

/** What the host's own report says of the change; folded, since four hosts must fit on one phone. */
function Details({ words, details }) {
  if (!details) return null;
  const { summary, reboot, waiting, probes, drift, free, heard } = details;
  const { host } = words;
  const said = [free && host.free(free), heard && host.heard(heard)].filter(Boolean).join(", ");
  return html`
    ${waiting && html`<p class="why waiting">${host.waits(waiting.text, waiting.until)}</p>`}
    ${drift.length > 0 && html`<p class="why waiting">${host.drifted}</p>`}
    ${saysMore(reboot) && html`<p class="why waiting">${rebootWords(host, reboot)}</p>`}
    ${
      said &&
      html`<details>
      <summary>${summary ? host.changes : host.report}</summary>
      ${summary && html`<${Summary} ...${{ host, summary }} />`}
      ${probes.length > 0 && html`<${Checks} ...${{ host, probes }} />`}
      <p class="line">${said}</p>
    </details>`
    }`;
}

/** That a reboot is needed is a mark already. */
const saysMore = (reboot) => reboot !== null && (reboot.reasons.length > 0 || reboot.risk !== null);

function rebootWords(host, { reasons, risk }) {
  const needed = reasons.length > 0 ? host.rebootBecause(reasons.join(", ")) : host.reboot;
  if (risk === null) return needed;
  return `${needed}. ${risk === "no-way-back" ? host.noWayBack : host.oneShot}`;
}

function Summary({ host, summary }) {
  const { download, unpacked, packages, packagesTotal, units, unitsTotal } = summary;
  const named = Object.entries(host.units).filter(([kind]) => units[kind].length > 0);
  const shown = named.reduce((count, [kind]) => count + units[kind].length, 0);
  return html`
    <p class="line">${host.download(download, unpacked)}</p>
    ${
      packages.length > 0 &&
      html`<h4>${host.packages}</h4>
      <ul class="packages">${packages.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`
    }
    ${packagesTotal > packages.length && html`<p class="line">${host.morePackages(packagesTotal - packages.length)}</p>`}
    ${named.length === 0 && html`<p class="line">${host.noUnits}</p>`}
    <dl class="units">${named.map(([kind, title]) => html`<dt key=${kind}>${title}</dt><dd>${units[kind].join(", ")}</dd>`)}</dl>
    ${unitsTotal > shown && html`<p class="line">${host.moreUnits(unitsTotal - shown)}</p>`}`;
}

function Checks({ host, probes }) {
  const one = ({ name, state, message }) => html`<li key=${name} class=${state}>
    ${name}: ${host.check[state]}${message ? `, ${message}` : ""}
  </li>`;
  return html`<h4>${host.checks}</h4><ul class="checks">${probes.map(one)}</ul>`;
}
