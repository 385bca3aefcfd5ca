import type { Decided, Decision } from "../conductor/index.ts";

type Of<Type extends Decision["type"]> = Extract<Decision, { type: Type }>;
type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const MAX_VALUE = 300;

/**
 * One decision as one line of logfmt, which people read and journald, Loki and grep take apart: always `decision`, `why`
 * and `at`; `rollout`, `host` and `attempt` where there are such. Texts of others are bounded and lie in quotes.
 */
export function logLine({ decision, why }: Decided): string {
  const fieldsOf = FIELDS[decision.type] as (one: Decision) => Fields;
  const fields: Fields = {
    decision: decision.type,
    ...fieldsOf(decision),
    why,
    at: new Date(decision.at).toISOString(),
  };
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${shown(String(value))}`],
  );
  return parts.join(" ");
}

const FIELDS: { readonly [T in Decision["type"]]: (one: Of<T>) => Fields } = {
  Order: ({ rollout, host, attempt, goal, counter }) => ({ rollout, host, attempt, goal, counter }),
  RolloutStarted: ({ rollout: { id, serial, title, kind, run } }) => ({
    ...{ rollout: id, serial, title, kind, run },
  }),
  RolloutEnded: ({ rollout: { id, serial, completion } }) => ({
    rollout: id,
    serial,
    outcome: completion,
  }),
  StepStarted: ({ rollout, host, attempt, target, resumed }) => ({
    ...{ rollout, host, attempt, target, resumed },
  }),
  HostEnded: ({ rollout, host, attempt, state }) => ({ rollout, host, attempt, state }),
  GateAsked: ({ rollout, host, attempt, place }) => ({ rollout, host, attempt, place }),
  GateJudged: ({ rollout, host, attempt, place, verdict }) => ({
    ...{ rollout, host, attempt, place, verdict },
  }),
  Paused: ({ condition }) => ({ condition }),
  Resumed: ({ condition }) => ({ condition }),
  ReleaseTaken: ({ serial, title }) => ({ serial, title }),
  ReleaseRefused: ({ serial, code }) => ({ serial, code }),
  ReleaseRecorded: ({ serial, title }) => ({ serial, title }),
  DriftSeen: ({ host, current }) => ({ host, current }),
  HoldIsOld: ({ source }) => ({ source }),
  ReconnectAsked: ({ host }) => ({ host }),
  Asked: ({ asked: { verb, by, host, group, source }, answer: { accepted } }) => ({
    ...{ verb, by, host, group, source, accepted },
  }),
};

const PLAIN = /^[\p{L}\p{N}._:/+@-]+$/u;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]+/gu;

/** Quoted as logfmt does, so that no text can begin a line or a field of its own. */
function shown(value: string): string {
  const text = [...value.replace(UNPRINTABLE, " ")].slice(0, MAX_VALUE).join("");
  return PLAIN.test(text) ? text : JSON.stringify(text);
}
