import { describe, expect, it } from "vitest";
import { METRICS } from "../../src/monitor/metrics.ts";
import { Tally } from "../../src/monitor/tally.ts";
import { at, MINUTE_MS, NOON } from "../support/contract-builders.ts";
import { EVERY, KINDS } from "./every-decision.ts";

const COUNTED: Readonly<Record<string, string>> = {
  RolloutEnded: 'nixwave_rollouts_total {"outcome":"Promoted"} 1',
  HostEnded: 'nixwave_attempts_total {"outcome":"RolledBack"} 1',
  GateJudged: 'nixwave_gate_verdicts_total {"place":"soak","verdict":"Failed"} 1',
  Order: 'nixwave_orders_total {"goal":"trial"} 1',
  Asked: 'nixwave_requests_total {"verb":"hold","accepted":"yes"} 1',
};

const shown = (tally: Tally, kind: (typeof KINDS)[number]): readonly string[] =>
  tally
    .count(EVERY[kind])
    .map(({ metric, labels, value }) => `${metric} ${JSON.stringify(labels)} ${value}`);

describe("the hub's counts", () => {
  it.each(KINDS)("grow by %s where it is counted, and by nothing else", (kind) => {
    const expected = COUNTED[kind];
    expect(shown(new Tally(), kind)).toEqual(expected === undefined ? [] : [expected]);
  });

  it("measure a host's turn from its beginning to its end", () => {
    const tally = new Tally();
    tally.count(EVERY.StepStarted);
    expect(shown(tally, "HostEnded")).toEqual([
      COUNTED["HostEnded"],
      'nixwave_attempt_duration_seconds {"outcome":"RolledBack"} 300',
    ]);
    expect(shown(tally, "HostEnded")).toHaveLength(1); // once
  });

  it("measure no turn whose beginning another process saw, and no negative one", () => {
    const tally = new Tally();
    tally.count({ ...EVERY.StepStarted, resumed: true });
    expect(shown(tally, "HostEnded")).toHaveLength(1);
    tally.count({ ...EVERY.StepStarted, at: at(MINUTE_MS) });
    const [, duration] = tally.count({ ...EVERY.HostEnded, at: NOON });
    expect(duration?.value).toBe(0);
  });

  it("forget turns that never end", () => {
    const tally = new Tally();
    for (let attempt = 1; attempt <= 1_500; attempt += 1)
      tally.count({ ...EVERY.StepStarted, attempt });
    expect(tally.count({ ...EVERY.HostEnded, attempt: 1 })).toHaveLength(1);
    expect(tally.count({ ...EVERY.HostEnded, attempt: 1_500 })).toHaveLength(2);
  });

  it("stand under the labels that the table names", () => {
    for (const kind of KINDS) {
      for (const { metric, labels } of [...new Tally().count(EVERY[kind]), ...Tally.atZero]) {
        expect(Object.keys(labels), metric).toEqual(METRICS[metric].labels);
      }
    }
  });
});
