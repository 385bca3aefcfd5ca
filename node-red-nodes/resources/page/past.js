import { html } from "./markup.js";
import { Shape } from "./shape.js";

/** Rollouts that have ended, newest first. */
export function Past({ words, past }) {
  if (past.length === 0) return html`<p class="empty card">${words.past.none}</p>`;
  return html`<ol class="past card">
    ${past.map(
      (one) => html`<li key=${one.rollout}>
      <details>
        <summary>
          <${Shape} standing=${one.standing} />
          <span class="about">
            <span class="release">${one.release}</span>
            <span class="line">${one.outcome} · ${one.ended} · ${words.past.took(one.took)}</span>
          </span>
        </summary>
        ${one.why && html`<p class="line">${one.why}</p>`}
        <ul>${one.hosts.map(
          (host) => html`<li key=${host.host}>
          <${Shape} standing=${host.standing} />
          <span class="about"><strong>${host.host}</strong> ${host.state}${host.why ? `: ${host.why}` : ""}</span>
        </li>`,
        )}</ul>
      </details>
    </li>`,
    )}
  </ol>`;
}
