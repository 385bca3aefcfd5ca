import { describe, expect, it } from "vitest";
import { type Order, parseRolloutId, type Reported } from "../../src/contract/index.ts";
import { entriesOf } from "../../src/rollout/index.ts";
import {
  HOUR_MS,
  lasting,
  MINUTE_MS,
  ordered,
  pathFor,
  type SealedStatement,
} from "../support/contract-builders.ts";
import type { Home } from "./home.ts";
import { CARRIER } from "./hub-world.ts";
import { changedIn, newHome, paused, pushTo, rp4, runToTrial, x1 } from "./scene.ts";
import { topics } from "./simulated-topics.ts";

const newestFor = (home: Home, host: typeof rp4): SealedStatement =>
  [...home.ci.statements.values()].findLast(
    ({ statement }) => statement.host === host,
  ) as SealedStatement;

/** What somebody with the broker in hand brings to rp4, and what rp4 says of it. */
function bring(home: Home, bytes: Uint8Array): string | undefined {
  home.broker.take({ topic: topics.desired(rp4), bytes, retain: true });
  home.run(2_000);
  return home.host(rp4).disk.report?.refusal?.code;
}

describe("the nastiest days: what is said is not so", () => {
  it("orders are replayed, held back and mixed: each is refused for a reason of its own, the true one acts once", () => {
    const home = newHome();
    pushTo(home, [rp4]);
    runToTrial(home);
    const old = home.broker.retained.get(topics.desired(rp4))?.bytes as Uint8Array;
    home.run(HOUR_MS);
    const kept = home.host(rp4).current;
    home.hub.kill();
    pushTo(home, [rp4]);
    const [statement, other] = [newestFor(home, rp4), newestFor(home, x1)];
    const { counter } = home.host(rp4).disk.ratchet;
    const order = (further: number, differences: Partial<Order> = {}): Partial<Order> => ({
      ...{ counter: (counter + further) as Order["counter"], rollout: parseRolloutId("by-hand") },
      ...{ hub: home.hub.instance, lease: lasting(20 * MINUTE_MS), goal: "trial" },
      ...{ issued: home.clock.now, notAfter: (home.clock.now + 15 * MINUTE_MS) as Order["issued"] },
      ...differences,
    });
    const past = (home.clock.now - HOUR_MS) as Order["issued"];
    const refusals = [
      bring(home, old),
      bring(home, ordered(statement, order(1, { issued: past, notAfter: past }))),
      bring(home, ordered(other, order(1))),
    ];
    expect(new Set(refusals).size).toBe(3);
    expect(refusals).not.toContain(undefined);
    expect(home.host(rp4).disk.journal.open).toBeNull();
    expect(home.host(rp4).current).toBe(kept);
    // What the hub had sent between the first and this one, and somebody kept back until now
    const between = ordered(statement, order(1, { rollout: parseRolloutId("kept-back") }));
    const valid = ordered(statement, order(2));
    for (let time = 0; time < 2; time++) expect(bring(home, valid)).toBeUndefined();
    home.run(10 * MINUTE_MS);
    expect(home.host(rp4).current).toBe(statement.statement.storePath);
    expect(bring(home, between)).toBe("order-replayed");
    expect(home.host(rp4).disk.journal.open?.rollout).toBe("by-hand");
    home.run(HOUR_MS); // nobody keeps it
    expect(bring(home, between)).toBe("order-replayed");
    bring(home, valid);
    home.run(HOUR_MS);
    expect(home.host(rp4).current).toBe(kept);
    const ends = home.host(rp4).disk.journal.closed.filter(({ rollout }) => rollout === "by-hand");
    expect(ends.map(({ outcome }) => outcome.code)).toEqual(["rolled-back"]);
  });

  it("a host reports success and runs another system: that is no success, and the rest waits", () => {
    const home = newHome();
    home.host(rp4).words = (report: Reported) =>
      report.outcome
        ? { ...report, outcome: { code: "succeeded", reason: null, message: "" } }
        : report;
    pushTo(home, [rp4, CARRIER], { [rp4]: { probe: "fails" } });
    home.run(HOUR_MS);
    expect(changedIn(home)).not.toContain("rp4 Succeeded");
    expect(changedIn(home)).toContain("nuc Staged");
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
  });

  it("a host starts again into the old generation after it was kept: shown as drift, and asked about before the next", () => {
    const home = newHome();
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
    home.host(rp4).bootDefault = pathFor("rp4 first"); // the boot loader's disk was not the one that boots
    home.host(rp4).reboot();
    home.run(10 * MINUTE_MS);
    expect(home.host(rp4).disk.report?.drift).toContain("current");
    const entry = entriesOf(home.hub.state.hosts).find(({ host }) => host === rp4);
    expect(entry?.drift).toBe("drifted");
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(changedIn(home)).toContain("rp4 Staged");
    expect(paused(home)).toEqual(["ApprovalRequired"]);
  });
});
