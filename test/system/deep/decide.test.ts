import fc from "fast-check";
import { expect, it } from "vitest";
import { nextAction } from "../../../agent/decide/next-action.ts";
import { LAWS } from "../../agent/decide/host-laws.ts";
import { spreadCells } from "../../agent/decide/law-cells.ts";
import { faultsOf, walk, walked } from "../../agent/decide/walk.ts";
import { EMPTY_JOURNAL } from "../../support/contract-builders.ts";

const WALKS = 200_000;
const SITUATIONS = 3_000_000;

it(`${WALKS} walks end once, truthfully, and in a system somebody stands for`, () => {
  fc.assert(
    fc.property(walk, (one) => {
      const host = walked(one);
      expect(faultsOf(host), host.did.join("\n")).toEqual([]);
    }),
    { numRuns: WALKS },
  );
});

it(`every law of the host holds in ${SITUATIONS} situations`, () => {
  const broken = new Set<string>();
  for (const { open, facts, limits } of spreadCells(SITUATIONS)) {
    const action = nextAction({ ...EMPTY_JOURNAL, open }, facts, limits);
    for (const [name, law] of Object.entries(LAWS)) {
      if (!law({ open, facts, limits }, action)) broken.add(name);
    }
  }
  expect([...broken]).toEqual([]);
});
