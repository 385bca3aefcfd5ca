import { readReason } from "./plain-reason.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A state of an older version as one of version 5: the first gave its reasons in English, in the second no group
 * had times of its own, and nobody knew the title of what a host had missed, in the third nothing was known of
 * the hosts' clocks, and in the fourth nothing of what a host had missed before. What is none stays as it is, for the check to refuse.
 */
export function fromOlder(json: unknown): unknown {
  const { v } = (json ?? {}) as { readonly v?: unknown };
  if (v === 1) return fromOlder({ ...(renewed(json) as Json), v: 2 });
  if (v === 2) return fromOlder(timed(json as Json));
  if (v === 3) return fromOlder({ ...(withClocks(json) as Json), v: 4 });
  return v === 4 ? { ...(withBefore(json) as Json), v: 5 } : json;
}

function renewed(value: unknown): unknown {
  return changed(value, (name, held) => {
    if (name === "gateWhy") return [];
    return [[name, name === "why" && typeof held === "string" ? readReason(held) : renewed(held)]];
  });
}

function timed(json: Json): unknown {
  const { window, ...rest } = withNewFields(json) as Json;
  const now = { ...(window as Json), opensAt: null };
  return { ...rest, window: dueAtOnce(now), groupWindows: [], v: 3 };
}

/** When closed times end is learned with the first event. */
const dueAtOnce = (window: Json): Json =>
  typeof window["changesAt"] === "number" ? { ...window, changesAt: window["from"] } : window;

function withNewFields(value: unknown): unknown {
  return changed(value, (name, held) => {
    const old = withNewFields(held);
    if (name === "missed" && old !== null) return [[name, { ...(old as Json), title: null }]];
    if (name !== "groups" || !Array.isArray(old)) return [[name, old]];
    return [[name, old.map((group: object) => ({ ...group, windows: null }))]];
  });
}

/** The next refusal tells whose clock is not set. */
function withClocks(value: unknown): unknown {
  return changed(value, (name, held) => {
    const old = withClocks(held);
    if (name !== "entries" || !Array.isArray(old)) return [[name, old]];
    return [[name, old.map((entry: object) => ({ ...entry, clockUnset: false }))]];
  });
}

function withBefore(value: unknown): unknown {
  return changed(value, (name, held) => {
    const old = withBefore(held);
    return [[name, name === "missed" && old !== null ? { ...(old as Json), before: null } : old]];
  });
}

type Change = (name: string, held: unknown) => readonly (readonly [string, unknown])[];

/** With the fields of objects, and of those in lists, as `change` gives them. */
function changed(value: unknown, change: Change): unknown {
  if (Array.isArray(value)) return value.map((one) => changed(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, held]) => change(name, held)));
}
