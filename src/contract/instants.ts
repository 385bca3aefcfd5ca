import type { Brand } from "./brand.ts";
import { ContractError } from "./nixwave-error.ts";
import { integer, type Schema } from "./schema.ts";

/** A point in time: Unix milliseconds, 0 to 2^53 - 1. The wire carries no other form. */
export type EpochMs = Brand<number, "EpochMs">;
/** A span of time in milliseconds, 0 to ten years. */
export type DurationMs = Brand<number, "DurationMs">;
/** Strictly rising per fleet and channel; Unix milliseconds at signing (DESIGN 5). */
export type Serial = Brand<number, "Serial">;
/** Strictly rising per hub key (DESIGN 5). */
export type Counter = Brand<number, "Counter">;

/** The last instant that a calendar reaches (ECMA-262, "Time Values"); the wire allows later ones. */
export const LAST_INSTANT_MS = 8_640_000_000_000_000;

const TEN_YEARS_MS = 10 * 366 * 24 * 3_600_000;

export const epochMs: Schema<EpochMs> = integer(0, Number.MAX_SAFE_INTEGER);
export const durationMs: Schema<DurationMs> = integer(0, TEN_YEARS_MS);
export const serial: Schema<Serial> = integer(1, Number.MAX_SAFE_INTEGER);
export const counter: Schema<Counter> = integer(1, Number.MAX_SAFE_INTEGER);

const UNIT_MS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * A duration as people write it: one or more of `90d`, `12h`, `30m`, `45s`, `500ms`.
 * @throws ContractError invalid-instant
 */
export function parseDuration(value: string): DurationMs {
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(value)) {
    throw new ContractError(
      "invalid-instant",
      `${JSON.stringify(value.slice(0, 40))} is not a duration such as 90d or 1h30m`,
    );
  }
  let totalMs = 0;
  for (const [part] of value.matchAll(/\d+[a-z]+/g)) {
    const amount = Number.parseInt(part, 10);
    totalMs += amount * UNIT_MS[part.replace(/\d+/, "") as keyof typeof UNIT_MS];
  }
  if (!(totalMs <= TEN_YEARS_MS)) {
    throw new ContractError(
      "invalid-instant",
      `${JSON.stringify(value.slice(0, 40))} is longer than ten years`,
    );
  }
  return totalMs as DurationMs;
}

/** @throws ContractError invalid-instant */
export function parseSerial(value: string): Serial {
  const number = Number(value);
  if (!/^[1-9]\d{0,15}$/.test(value) || !Number.isSafeInteger(number)) {
    throw new ContractError(
      "invalid-instant",
      `${JSON.stringify(value.slice(0, 40))} is not a serial (Unix milliseconds)`,
    );
  }
  return number as Serial;
}

/** `clock` must be an integer of Unix milliseconds; this is the one place where a shell's clock enters. */
export function instant(clock: number): EpochMs {
  if (!Number.isSafeInteger(clock) || clock < 0) {
    throw new ContractError("invalid-instant", `${clock} is not an instant`);
  }
  return clock as EpochMs;
}
