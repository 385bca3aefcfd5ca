import { Gates } from "./gates.js";
import { Groups } from "./hosts.js";
import { html } from "./markup.js";
import { Past } from "./past.js";
import { Shape } from "./shape.js";

/** A fleet that is open. */
export function FleetView({ words, model, details, gates, past, ask, busy, answer, error }) {
  const { language, zone, headline, pauses, buttons, groups, canAsk } = model;
  return html`
    <div class="column">
      <section class="card now" aria-labelledby="rollout">
        <h2 id="rollout" class="spoken">${words.rollout}</h2>
        ${headline.release && html`<p class="release">${headline.release}</p>`}
        <p class="state ${headline.standing}"><${Shape} standing=${headline.standing} /><span>${headline.state}</span></p>
        ${headline.lines.map((line) => html`<p class="line" key=${line}>${line}</p>`)}
        ${pauses.map((pause) => html`<${Pause} key=${pause.condition} ...${{ pause, canAsk: canAsk && !busy, ask }} />`)}
        <${Buttons} ...${{ words, buttons, ask, busy }} />
        <p class="answer" role="status">${answer}</p>
        <p class="error" role="alert">${error}</p>
      </section>
      <section id="hosts" tabindex="-1" aria-labelledby="hosts-title">
        <h2 id="hosts-title">${words.hosts}</h2>
        <${Groups} ...${{ words, groups, details }} />
      </section>
    </div>
    <div class="column">
      <section aria-labelledby="sensors">
        <h2 id="sensors">${words.sensors}</h2>
        <${Gates} ...${{ words, gates, language, zone, now: model.at }} />
      </section>
      <section aria-labelledby="history">
        <h2 id="history">${words.history}</h2>
        <${Past} ...${{ words, past }} />
      </section>
    </div>`;
}

/** A skip beside an approval is a no to a question of the flow (src/people, pause-notice.ts). */
const nameOf = (condition, verb) =>
  condition === "ApprovalRequired" && verb === "skip" ? "refuse" : verb;

function Pause({ pause, canAsk, ask }) {
  const { condition, title, lines, actions } = pause;
  const button = ({ verb, host, label }) => html`<button
    type="button" class="main" disabled=${!canAsk}
    onClick=${() => ask({ key: `${condition}-${verb}`, condition, name: nameOf(condition, verb), verb, host, label })}>${label}</button>`;
  return html`<div class="pause">
    <h3>${title}</h3>
    ${lines.map((line) => html`<p class="line" key=${line}>${line}</p>`)}
    ${actions.length > 0 && html`<div class="actions">${actions.map(button)}</div>`}
  </div>`;
}

function Buttons({ words, buttons, ask, busy }) {
  if (buttons.length === 0) return null;
  return html`<div id="buttons" class="buttons" role="group" tabindex="-1" aria-label=${words.buttons} aria-busy=${busy}>
    ${buttons.map(
      (button) => html`<button
      type="button" key=${button.name} class=${button.name} disabled=${!button.isOn || busy}
      onClick=${() => ask({ ...button, key: button.name, label: words.button[button.name] })}>${words.button[button.name]}</button>`,
    )}
  </div>`;
}
