import { describe, expect, it } from "vitest";
import { Statements } from "../../src/conductor/statements.ts";
import { type VerifiedStatement, verifyStatement } from "../../src/contract/index.ts";
import { newRolloutState, type RolloutState } from "../../src/rollout/index.ts";
import {
  at,
  CI_KEY,
  pathFor,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { planWith, rp4 } from "./played-home.ts";

const signed = (serial: number): VerifiedStatement => {
  const terms = { host: rp4, serial: serial as never };
  const { envelope } = sealStatement(statementOf(`closure ${serial}`, terms));
  return verifyStatement(envelope, trusting(1, CI_KEY));
};

class Shelf {
  readonly values = new Map<string, unknown>();
  keep(key: string, value: unknown): void {
    this.values.set(key, structuredClone(value));
  }
  recall<V>(key: string, parse: (json: unknown) => V): V | null {
    return this.values.has(key) ? parse(this.values.get(key)) : null;
  }
  atomically<R>(work: () => R): R {
    return work();
  }
}

const empty = newRolloutState(planWith({}), at(0));
/** The host's entry names these in the given places. */
const using = (places: object): RolloutState => {
  const [first, ...rest] = empty.hosts.root.entries as object[];
  const entries = [{ ...first, ...places }, ...rest];
  return { ...empty, hosts: { ...empty.hosts, root: { ...empty.hosts.root, entries } } } as never;
};
const known = (statements: Statements, all: readonly VerifiedStatement[]): readonly number[] =>
  all.filter(({ digest }) => statements.get(digest)).map(({ statement }) => statement.serial);

describe("statements of old releases", () => {
  const all = Array.from({ length: 12 }, (_, serial) => signed(serial + 1));
  const closure = (index: number) => ({ statement: all[index]?.digest });

  it("are kept for eight releases of a host, also over a restart", () => {
    const shelf = new Shelf();
    const statements = new Statements(shelf);
    for (const one of all) statements.add([one], empty);
    expect(known(statements, all)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    const again = new Statements(shelf);
    again.load([rp4]);
    expect(known(again, all)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(again.releaseOf(pathFor("closure 12"))?.serial).toBe(12);
    expect(again.releaseOf(pathFor("closure 1"))).toBeNull();
  });

  it("are kept longer when a roll back, a catch-up or an attempt may still order them", () => {
    const statements = new Statements(new Shelf());
    const state = using({
      ...{ good: [closure(1), closure(0)], offered: closure(2), missed: closure(3) },
      step: closure(4),
    });
    for (const one of all) statements.add([one], state);
    expect(known(statements, all)).toEqual(
      [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12].filter((n, i, l) => l.indexOf(n) === i),
    );
  });

  it("are kept as long as the release waits", () => {
    const statements = new Statements(new Shelf());
    const release = { hosts: [closure(0)] };
    for (const one of all) statements.add([one], { ...empty, next: { release } } as never);
    expect(known(statements, all)[0]).toBe(1);
  });

  it("that come with an older serial than all others are there for their order", () => {
    const statements = new Statements(new Shelf());
    for (const one of all.slice(1)) statements.add([one], empty);
    statements.add(all.slice(0, 1), empty);
    expect(known(statements, all)).toContain(1);
  });

  it("name no release any more when they are gone", () => {
    const statements = new Statements(new Shelf());
    for (const one of all) statements.add([one], empty);
    expect(statements.releaseOf(pathFor("closure 1"))).toBeNull();
    expect(statements.releaseOf(pathFor("closure 6"))?.serial).toBe(6);
  });
});
