import { isIP } from "node:net";
import { type HostName, NixwaveError, parseHostName } from "../../src/contract/index.ts";
import {
  durationFrom,
  fault,
  listOf,
  type NestedFields,
  nestedFields,
  oneWordOf,
  type ReadValue,
  textBy,
  textLike,
  wholeFrom,
} from "../nested-fields.ts";
import { type AwayPlan, readAway } from "./away-config.ts";

interface Patience {
  /** For people; at most 40 characters, so that sixteen fit into a report. */
  readonly name: string;
  /** Of one try, in ms; what a probe of units settles comes on top. */
  readonly timeoutMs: number;
  /** Tries after the first; null: as many as fit into `withinMs`. */
  readonly retries: number | null;
  /** Of all tries together, in ms. */
  readonly withinMs: number;
}

/** What a host's own configuration asks of a new system before it may be kept (DESIGN 7, goal trial). */
export type ProbePlan = Patience &
  (
    | {
        readonly kind: "units";
        readonly units: readonly string[];
        /** They must be active and must not restart for so long, in ms. */
        readonly settleMs: number;
      }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | {
        readonly kind: "http";
        readonly url: string;
        readonly status: { readonly from: number; readonly to: number };
        readonly contains: string | null;
      }
    | { readonly kind: "command"; readonly program: string; readonly args: readonly string[] }
    | { readonly kind: "broker" }
    | { readonly kind: "cache" }
  );

/** What this host's agent looks at on another host, from outside (DESIGN 7, witness). */
export interface WitnessPlan {
  readonly host: HostName;
  /** From the end of one round to the beginning of the next, in ms. */
  readonly everyMs: number;
  readonly probes: readonly ProbePlan[];
  /** Who is told when none of them passes for long; null: the hub only. */
  readonly away: AwayPlan | null;
}

const KINDS = ["units", "tcp", "http", "command", "broker", "cache"] as const;
/** The agent is unprivileged and tells what it sees over the network. */
const WITNESS_KINDS = ["tcp", "http", "broker", "cache"] as const;
type Kind = (typeof KINDS)[number];

/** All of a host's witness probes together: `reported` has 8 KiB. */
const WITNESS_PROBES = 16;
const ABSOLUTE = textLike(/^\/[^\p{Cc}\p{Cs}]{1,1000}$/u, "an absolute path");
const ARGUMENT = textLike(/^[^\0\p{Cs}]{0,1000}$/u, "an argument of at most 1000 characters");
const NAME = textLike(/^[^\p{Cc}\p{Cs}\p{Bidi_Control}]{1,40}$/u, "1 to 40 characters in one line");
const CONTAINS = textLike(/^[^\0\p{Cs}]{1,200}$/u, "a text of 1 to 200 characters");
// No leading dash: it would be an option of systemctl.
const UNIT = textLike(
  /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,230}\.[a-z]{4,9}$/,
  "a unit's name such as nginx.service",
);
const ADDRESS = textBy((text) => {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text) || isIP(text) !== 0)
    return text;
  throw new NixwaveError("invalid-field", "is not a host's name or address");
});
const URL_TEXT = textBy((text) => {
  const url = URL.parse(text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url !== null && isHttp && url.username === "" && url.password === "" && text.length <= 500) {
    return url.href;
  }
  throw new NixwaveError("invalid-field", "is not an http:// or https:// URL without credentials");
});

/** The field `probes`: a list of probes; without it there are none. The faults name each field with its path. */
export function parseProbes(value: unknown, faults: string[]): readonly ProbePlan[] {
  return value === undefined ? [] : listOf(readProbe(KINDS), 0, 16)(value, "probes", faults);
}

/** The field `witness`: `[{"host": "nuc", "every": "1m", "probes": [...]}]`. */
export function parseWitness(value: unknown, faults: string[]): readonly WitnessPlan[] {
  if (value === undefined) return [];
  const before = faults.length;
  const found = listOf(readWitness, 0, 8)(value, "witness", faults);
  if (faults.length > before) return found;
  if (new Set(found.map(({ host }) => host)).size < found.length) {
    fault(faults, "witness", "names a host twice");
  }
  if (found.reduce((sum, { probes }) => sum + probes.length, 0) > WITNESS_PROBES) {
    fault(faults, "witness", `has more than ${WITNESS_PROBES} probes`);
  }
  return found;
}

const readWitness: ReadValue<WitnessPlan> = (value, where, faults) => {
  const before = faults.length;
  const fields = nestedFields(value, where, faults);
  const plan = {
    host: fields.required("host", textBy(parseHostName)),
    everyMs: fields.optional<number>("every", durationFrom("5s", "1h"), 60_000),
    probes: fields.required("probes", listOf(readProbe(WITNESS_KINDS), 1, 8)),
    away: fields.optional<AwayPlan | null>("away", readAway, null),
  };
  fields.refuseUnknown();
  if (faults.length > before || plan.away === null) return plan;
  if (plan.away.afterMs <= plan.everyMs) {
    fault(faults, `${where}/away/after`, "is not longer than every");
  }
  return plan;
};

const readProbe =
  (kinds: readonly Kind[]): ReadValue<ProbePlan> =>
  (value, where, faults) => {
    const before = faults.length;
    const fields = nestedFields(value, where, faults);
    const kind = fields.required("kind", oneWordOf(...kinds));
    // Without its kind nobody knows its fields: they are not faults of their own.
    if (faults.length > before) return undefined as never;
    const plan = { ...OF_KIND[kind](fields), ...patience(fields, kind) };
    fields.refuseUnknown();
    if (faults.length > before) return plan;
    if (plan.kind === "units" && plan.settleMs >= plan.withinMs) {
      fault(faults, `${where}/settle`, "is not shorter than within");
    }
    return plan.name === "" ? { ...plan, name: nameOf(plan) } : plan;
  };

type WithoutPatience<P> = P extends unknown ? Omit<P, keyof Patience> : never;
type Particulars = WithoutPatience<ProbePlan>;

const SETTLE_MS = 5000;
const OF_KIND: Readonly<Record<Kind, (fields: NestedFields) => Particulars>> = {
  units: (fields) => ({
    kind: "units",
    units: fields.required("units", listOf(UNIT, 1, 32)),
    settleMs: fields.optional<number>("settle", durationFrom("0s", "10m"), SETTLE_MS),
  }),
  tcp: (fields) => ({
    kind: "tcp",
    host: fields.required("host", ADDRESS),
    port: fields.required("port", wholeFrom(1, 65_535)),
  }),
  http: (fields) => ({
    kind: "http",
    url: fields.required("url", URL_TEXT),
    status: fields.optional("status", readStatus, { from: 200, to: 399 }),
    contains: fields.optional<string | null>("contains", CONTAINS, null),
  }),
  command: (fields) => ({ kind: "command", ...fields.required("program", readProgram) }),
  broker: () => ({ kind: "broker" }),
  cache: () => ({ kind: "cache" }),
};

function patience(fields: NestedFields, kind: Kind): Patience {
  const ofOneTry = kind === "command" ? 30_000 : 5000;
  return {
    name: fields.optional("name", NAME, ""),
    timeoutMs: fields.optional<number>("timeout", durationFrom("100ms", "10m"), ofOneTry),
    retries: fields.optional<number | null>("retries", wholeFrom(0, 1000), null),
    withinMs: fields.optional<number>("within", durationFrom("100ms", "15m"), 60_000),
  };
}

/** 204, or "200..299". */
const readStatus: ReadValue<{ from: number; to: number }> = (value, where, faults) => {
  const [, from, to] = /^([1-5]\d\d)\.\.([1-5]\d\d)$/.exec(String(value)) ?? [];
  if (typeof value === "string" && from !== undefined && Number(from) <= Number(to)) {
    return { from: Number(from), to: Number(to) };
  }
  if (Number.isSafeInteger(value) && (value as number) >= 100 && (value as number) <= 599) {
    return { from: value as number, to: value as number };
  }
  return fault(faults, where, 'is not a status such as 200 or "200..299"');
};

/** A program, or a list of the program and its arguments: no shell ever reads them. */
const readProgram: ReadValue<{ program: string; args: readonly string[] }> = (
  value,
  where,
  faults,
) => {
  if (!Array.isArray(value)) return { program: ABSOLUTE(value, where, faults), args: [] };
  const [program, ...args] = value;
  return {
    program: ABSOLUTE(program, `${where}/0`, faults),
    args: args.map((one, index) => ARGUMENT(one, `${where}/${index + 1}`, faults)),
  };
};

function nameOf(plan: Particulars): string {
  const name = (() => {
    switch (plan.kind) {
      case "units":
        return plan.units.join(", ");
      case "tcp":
        return `${plan.host}:${plan.port}`;
      case "http":
        return plan.url;
      case "command":
        return plan.program.slice(plan.program.lastIndexOf("/") + 1);
      case "broker":
      case "cache":
        return plan.kind;
    }
  })();
  return name.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, "?").slice(0, 40);
}
