import { describe, expect, it } from "vitest";
import type { Action } from "../../../agent/decide/action.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import { journalCodec } from "../../../src/contract/index.ts";
import { EMPTY_JOURNAL } from "../../support/contract-builders.ts";
import { LAWS } from "./host-laws.ts";
import { type Cell, nearCells, spreadCells } from "./law-cells.ts";

const SPREAD = 40_000;

const decided = ({ open, facts, limits }: Cell): Action =>
  nextAction({ ...EMPTY_JOURNAL, open }, facts, limits);

/** One in so many, for what is slow to look at. */
function* oneIn(many: number, cells: Iterable<Cell>): Generator<Cell> {
  let number = 0;
  for (const cell of cells) if (number++ % many === 0) yield cell;
}

/** How many cells break each law, with one of them. */
function brokenIn(cells: Iterable<Cell>): Record<string, { many: number; one: unknown }> {
  const broken: Record<string, { many: number; one: unknown }> = {};
  for (const cell of cells) {
    const action = decided(cell);
    for (const [name, law] of Object.entries(LAWS)) {
      if (law(cell, action)) continue;
      const known = broken[name] ?? { many: 0, one: { cell, action } };
      broken[name] = { ...known, many: known.many + 1 };
    }
  }
  return broken;
}

describe("every law of the host", () => {
  it("holds in every usual situation and with any two things unusual", () => {
    expect(brokenIn(nearCells())).toEqual({});
  });

  it("holds in situations that no host ever came into", () => {
    expect(brokenIn(spreadCells(SPREAD))).toEqual({});
  });

  it("is asked about everything that can be done", () => {
    const done = new Set<string>();
    for (const cell of nearCells()) done.add(decided(cell).do);
    expect(done).toEqual(
      new Set([
        ...["arm", "await", "commit", "disarm", "hand-over", "note", "probe", "pull", "reboot"],
        ...["rest", "set-profile", "start", "write-trial"],
      ]),
    );
  });
});

it("the same situation has the same answer, and asking changes nothing", () => {
  for (const cell of oneIn(41, nearCells())) {
    const before = structuredClone(cell);
    const once = decided(cell);
    expect(decided(before)).toEqual(once);
    expect(cell).toEqual(before);
  }
});

it("whatever is noted can be read again from the disk", () => {
  for (const cell of oneIn(41, nearCells())) {
    const action = decided(cell);
    if (action.do !== "note" && action.do !== "commit") continue;
    expect(journalCodec.parse(journalCodec.encode(action.journal))).toEqual(action.journal);
  }
});
