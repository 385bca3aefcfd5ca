import { readReason } from "./plain-reason.ts";

/**
 * A state of version 1, which gave its reasons in English, as one of version 2; what is none stays as it is, for
 * the check to refuse.
 */
export function fromOlder(json: unknown): unknown {
  const { v } = (json ?? {}) as { readonly v?: unknown };
  return v === 1 ? { ...(renewed(json) as object), v: 2 } : json;
}

function renewed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renewed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "gateWhy")
      .map(([name, held]) => [
        name,
        name === "why" && typeof held === "string" ? readReason(held) : renewed(held),
      ]),
  );
}
