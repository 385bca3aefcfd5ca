import { expect, it } from "vitest";
import { WitnessRounds } from "../../agent/probe/witness-rounds.ts";
import type { ProbeReport } from "../../src/contract/index.ts";
import { HOST, NOON } from "../support/contract-builders.ts";

it("tells what it sees of another host after the first round and whenever that changes, and nothing after its end", async () => {
  const states: ProbeReport["state"][] = ["passed", "passed", "failed", "failed"];
  const asked = Promise.withResolvers<void>();
  let rounds = 0;
  const looked: string[] = [];
  const witness = new WitnessRounds([{ host: HOST, everyMs: 1, probes: [], away: null }], {
    now: () => NOON,
    onRound: ({ probes }) => looked.push(probes[0]?.state ?? ""),
    probe: () => {
      const state = states[rounds] ?? "failed";
      rounds += 1;
      if (rounds > states.length) asked.resolve();
      return Promise.resolve({ probes: [{ name: "web", state, message: "" }] });
    },
  });
  const told: string[] = [];
  witness.begin(() => told.push(witness.reports()[0]?.probes[0]?.state ?? ""));
  await asked.promise;
  expect(told).toEqual(["passed", "failed"]);
  expect(looked).toEqual(states);
  expect(witness.reports()).toMatchObject([{ host: HOST, at: NOON }]);
  witness.end();
  const before = rounds;
  await new Promise((resolve) => setImmediate(resolve));
  expect(rounds).toBeLessThanOrEqual(before + 1);
});
