import type { Asked, Verb } from "../../src/conductor/index.ts";
import {
  type BootRisk,
  NixwaveError,
  parseDuration,
  parseHoldSource,
  parseHostName,
} from "../../src/contract/index.ts";

const VERBS: Readonly<Record<Verb, true>> = {
  hold: true,
  resume: true,
  deploy: true,
  approve: true,
  skip: true,
  retry: true,
  abort: true,
  rollback: true,
  promote: true,
  unfence: true,
};
const RISKS = ["one-shot", "no-way-back"] as const satisfies readonly BootRisk[];
const SCOPES = ["failed", "group", "all"] as const;
const LONGEST_GROUP = 80;

type Read<K extends keyof Asked> = (value: unknown) => NonNullable<Asked[K]> | null;

const READERS: { readonly [K in keyof Omit<Asked, "verb" | "by" | "stands">]-?: Read<K> } = {
  host: (value) => (value === null ? null : parseHostName(text("host", value))),
  group: (value) => text("group", value).slice(0, LONGEST_GROUP),
  source: (value) => parseHoldSource(text("source", value)),
  duration: (value) => (value === null ? null : parseDuration(text("duration", value))),
  now: (value) => flag("now", value),
  scope: (value) => oneOf("scope", SCOPES, value),
  risk: (value) => oneOf("risk", RISKS, value),
};

/**
 * What the sidebar asks for, read strictly. Who asks is the server's to say, never the request's.
 * @throws NixwaveError invalid-field and as the contract's parsers
 */
export function parseAsked(body: unknown, by: string): Asked {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new NixwaveError("invalid-field", "the request is not an object");
  }
  const { verb, ...rest } = body as Readonly<Record<string, unknown>>;
  if (typeof verb !== "string" || !Object.hasOwn(VERBS, verb)) {
    const known = Object.keys(VERBS).join(", ");
    throw new NixwaveError("invalid-field", `verb: is not one of ${known}`);
  }
  const read = Object.entries(rest).map(([name, value]) => [name, readField(name, value)]);
  return { host: null, ...Object.fromEntries(read), verb: verb as Verb, by };
}

function readField(name: string, value: unknown): unknown {
  if (Object.hasOwn(READERS, name)) return READERS[name as keyof typeof READERS](value);
  throw new NixwaveError("invalid-field", `${JSON.stringify(name.slice(0, 40))} is not known`);
}

function text(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new NixwaveError("invalid-field", `${name}: is not a text`);
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new NixwaveError("invalid-field", `${name}: is neither true nor false`);
}

function oneOf<T extends string>(name: string, words: readonly T[], value: unknown): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new NixwaveError("invalid-field", `${name}: is not one of ${words.join(", ")}`);
}
