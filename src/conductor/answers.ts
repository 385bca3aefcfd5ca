import type { EpochMs, ErrorCode, HostName } from "../contract/index.ts";
import {
  errorWords,
  formatDuration,
  formatWhen,
  type Home,
  heldBy,
  readable,
  wordFor,
} from "../people/index.ts";
import type { RolloutState } from "../rollout/index.ts";
import type { Answer, Asked } from "./conductor.ts";
import { trialEnds } from "./view.ts";

const MAX_CHARACTERS = 900; // of the wire's message

/** @param why in English; elsewhere its code has words, and only of what the rollout has no use for is there more to say */
export function refusal(code: ErrorCode, why: string, { language }: Home): Answer {
  const words = language === "en" ? why : errorWords(code, language);
  const more = language === "en" || code !== "request-refused" ? "" : ` (${why})`;
  return { accepted: false, code, message: readable(`${words}${more}`, MAX_CHARACTERS) };
}

const acceptance = (message: string): Answer => ({
  ...{ accepted: true, code: null },
  message: readable(message, MAX_CHARACTERS),
});

/** A no to a question of the wires: what follows is theirs to say. */
export const refusedQuestion = (host: HostName, { language }: Home): Answer =>
  acceptance(WORDS[language].refused(host));

/** What happens now, with what still finishes on the way: a hold or an abort does not stop a trial in its tracks. */
export function answerTo(asked: Asked, state: RolloutState, at: EpochMs, home: Home): Answer {
  const words = WORDS[home.language];
  const parts = [sentence(asked, state, at, home)];
  if (asked.verb === "hold" || asked.verb === "abort") {
    parts.push(...finishing(state, at, asked, home));
  }
  if (state.fenced && asked.verb !== "unfence") parts.push(words.fenced);
  return acceptance(parts.join(" "));
}

function sentence(asked: Asked, state: RolloutState, at: EpochMs, home: Home): string {
  const words = WORDS[home.language];
  const host = asked.host ?? "";
  switch (asked.verb) {
    case "hold": {
      const hold = state.holds.findLast((one) => one.host === asked.host);
      const until = hold?.until ?? null;
      return until === null ? words.held(host) : words.heldUntil(host, formatWhen(until, at, home));
    }
    case "resume": {
      const left = heldBy(state.holds, at, home);
      return left === "" ? words.resumed : words.stillHeld(left);
    }
    case "deploy":
      return waiting(state, at, home) ?? words.deploys;
    case "approve":
      return words.approved(host);
    case "skip":
      return words.skipped(host);
    case "retry":
      return words.retried(host);
    case "abort":
      return words.aborted;
    case "rollback":
      return words.rolledBack(host);
    case "promote":
      return words.promoted(host);
    case "unfence":
      return words.unfenced;
  }
}

/** It was taken, but something else keeps it from beginning. */
function waiting({ rollout, next }: RolloutState, at: EpochMs, home: Home): string | null {
  const { language } = home;
  const words = WORDS[language];
  if (next && rollout && rollout.phase !== "Completed") return words.afterThisOne;
  if (next && next.settledAt > at) return words.settles(formatWhen(next.settledAt, at, home));
  const pauses = rollout?.phase === "Completed" ? [] : (rollout?.paused ?? []);
  return pauses.length === 0
    ? null
    : words.deploysBut(
        pauses.map(({ condition }) => wordFor("pause", condition, language)).join(", "),
      );
}

function finishing(state: RolloutState, at: EpochMs, { host }: Asked, home: Home): string[] {
  const words = WORDS[home.language];
  const meant = trialEnds(state).filter((one) => host === null || one.host === host);
  if (meant.length === 0) return [words.quiet];
  const last = meant.map((one) => words.ends(one.host, formatDuration(one.at - at, home.language)));
  return [`${last.join(", ")}${words.thenQuiet}`];
}

const EN = {
  held: (host: string) => `${host || "Everything"} is held until somebody says resume.`,
  heldUntil: (host: string, when: string) => `${host || "Everything"} is held until ${when}.`,
  resumed: "Nothing is held any more.",
  stillHeld: (by: string) => `That hold is gone; still ${by}.`,
  deploys: "It begins now.",
  deploysBut: (why: string) => `Taken. It still waits: ${why}.`,
  settles: (when: string) =>
    `Taken. It begins at ${when}, unless a newer release comes before; a deploy at once does not wait.`,
  afterThisOne: "Taken. The rollout under way finishes first.",
  approved: (host: string) => (host ? `${host} goes on.` : "It goes on."),
  refused: (host: string) => `Refused for ${host}. What follows is the flow's to say.`,
  skipped: (host: string) => `It goes on without ${host || "that host"}.`,
  retried: (host: string) => `${host || "What did not do well"} is tried again.`,
  aborted: "Nothing new begins; trials under way return.",
  rolledBack: (host: string) => `${host || "Every host"} returns to what it had before.`,
  promoted: (host: string) => `${host || "It"} keeps its new system.`,
  unfenced: "This hub orders again. Stop the other one.",
  ends: (host: HostName, left: string) => `${host} ends its trial in ${left}`,
  thenQuiet: ", then quiet.",
  quiet: "Nothing is in trial.",
  fenced: "But a second hub is here: nothing is ordered until somebody chooses this one.",
};

const DE: typeof EN = {
  held: (host) => `${host || "Alles"} ist angehalten, bis jemand es fortsetzt.`,
  heldUntil: (host, when) => `${host || "Alles"} ist angehalten bis ${when}.`,
  resumed: "Nichts ist mehr angehalten.",
  stillHeld: (by) => `Dieser Halt ist aufgehoben; noch ${by}.`,
  deploys: "Es beginnt jetzt.",
  deploysBut: (why) => `Angenommen. Es wartet noch: ${why}.`,
  settles: (when) =>
    `Angenommen. Es beginnt um ${when}, wenn bis dahin kein neueres Release kommt; „sofort“ wartet nicht.`,
  afterThisOne: "Angenommen. Erst endet das laufende Ausrollen.",
  approved: (host) => (host ? `${host} macht weiter.` : "Es geht weiter."),
  refused: (host) => `Abgelehnt für ${host}. Was nun folgt, sagt der Flow.`,
  skipped: (host) => `Es geht ohne ${host || "diesen Rechner"} weiter.`,
  retried: (host) => `${host || "Was nicht gut ausging"} wird noch einmal versucht.`,
  aborted: "Nichts Neues beginnt; laufende Versuche kehren zurück.",
  rolledBack: (host) => `${host || "Jeder Rechner"} kehrt zu dem zurück, was er vorher hatte.`,
  promoted: (host) => `${host || "Er"} behält sein neues System.`,
  unfenced: "Dieser Hub ordnet wieder an. Der andere muss aus.",
  ends: (host, left) => `${host} beendet seinen Versuch in ${left}`,
  thenQuiet: ", dann ist Ruhe.",
  quiet: "Nichts ist im Versuch.",
  fenced: "Aber ein zweiter Hub ist hier: nichts wird angeordnet, bis jemand diesen wählt.",
};

const WORDS = { en: EN, de: DE } as const;
