import { describe, expect, test } from "vitest";
import { SimulatedHost, type SimulatedReport } from "../../src/cli/demo/simulated-host.ts";
import {
  at,
  counting,
  DAY_MS,
  desiredBytes,
  keyFrom,
  MINUTE_MS,
  ordered,
  orderOf,
  pathFor,
  releasedOn,
  sealOrder,
  sealStatement,
  statementOf,
  trustOf,
} from "../support/contract-builders.ts";

const OLD = pathFor("old");

/** A simulated host whose time passes only when the test lets it. */
function openHost() {
  const said: SimulatedReport[] = [];
  const percents: number[] = [];
  const sessions = { opened: 0 };
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly what: () => void }[] = [];
  const host = new SimulatedHost(trustOf(), OLD, {
    now: () => at(nowMs),
    after(delayMs, what) {
      const timer = { atMs: nowMs + delayMs, what };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    report: (report) => said.push(report),
    progress: ({ percent }) => percents.push(percent ?? -1),
    renewSession: () => {
      sessions.opened += 1;
    },
  });
  const pass = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const [next] = timers.toSorted((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > endMs) break;
      timers = timers.filter((one) => one !== next);
      nowMs = next.atMs;
      next.what();
    }
    nowMs = endMs;
  };
  const last = (): SimulatedReport | undefined => said.at(-1);
  const phases = (): readonly string[] => [...new Set(said.map(({ phase }) => phase))];
  return { host, said, percents, sessions, pass, last, phases };
}

const release = releasedOn(0, "new");
const target = release.statement.storePath;
const order = (goal: "stage" | "trial" | "commit" | "revert", count: number): Uint8Array =>
  ordered(release, { goal, counter: counting(count) });

/** A host that runs the release on trial. */
function onTrial() {
  const home = openHost();
  home.host.receive(order("stage", 1));
  home.pass(5000);
  home.host.receive(order("trial", 2));
  home.pass(5000);
  return home;
}

describe("a simulated host", () => {
  test("goes the way of a real one, each step by the hub's order, and keeps what is confirmed", () => {
    const { host, last, phases, pass, percents, sessions } = onTrial();
    expect(last()).toMatchObject({ phase: "in-trial", current: target, profile: OLD });
    expect(sessions.opened).toBe(1);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    host.receive(order("commit", 3));
    pass(5000);
    expect(last()).toMatchObject({ phase: "idle", current: target, profile: target, target });
    expect(last()?.outcome?.code).toBe("succeeded");
    expect(phases()).toEqual(["staging", "staged", "activating", "in-trial", "committing", "idle"]);
    expect(host.generations).toBe(2);
  });

  test("says in each outcome that it is simulated", () => {
    const { host, last, pass } = onTrial();
    host.receive(order("commit", 3));
    pass(5000);
    expect(last()?.outcome?.message).toContain("SIMULATED");
  });

  test("waits with what is staged until it is told to try it", () => {
    const { host, last, pass } = openHost();
    host.receive(order("stage", 1));
    pass(MINUTE_MS);
    expect(last()).toMatchObject({ phase: "staged", current: OLD });
  });

  test("returns to the old system when it is told to, and when nobody confirms within the lease", () => {
    const told = onTrial();
    told.host.receive(order("revert", 3));
    told.pass(5000);
    const back = { phase: "idle", current: OLD, profile: OLD };
    expect(told.last()).toMatchObject({ ...back, outcome: { reason: "revert-ordered" } });
    const forgotten = onTrial();
    forgotten.pass(9 * MINUTE_MS);
    expect(forgotten.last()?.phase).toBe("in-trial");
    forgotten.pass(MINUTE_MS);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(forgotten.last()).toMatchObject({ ...back, outcome });
  });

  test("never undoes after its lease what was confirmed before", () => {
    const { host, last, pass } = onTrial();
    host.receive(order("commit", 3));
    pass(DAY_MS);
    expect(last()).toMatchObject({ phase: "idle", current: target, profile: target });
  });

  test("judges with the rules of a real host: foreign keys, other hosts, old counters, commits out of nowhere", () => {
    const stranger = keyFrom("stranger-1");
    const foreign = sealStatement(statementOf("new"), stranger);
    const { host, last, said, pass } = openHost();
    const refusalOf = (bytes: Uint8Array): string | undefined => {
      host.receive(bytes);
      return last()?.refusal?.code;
    };
    expect(refusalOf(ordered(foreign, { goal: "stage", counter: counting(1) }))).toBe(
      "signature-invalid",
    );
    const byStranger = sealOrder(orderOf(release.digest), stranger);
    expect(refusalOf(desiredBytes(byStranger, release))).toBe("signature-invalid");
    expect(refusalOf(order("commit", 5))).toBe("not-in-trial");
    expect(said.every(({ phase, current }) => phase === "idle" && current === OLD)).toBe(true);
    host.receive(order("stage", 9));
    pass(5000);
    expect(refusalOf(order("trial", 8))).toBe("order-replayed");
    expect(last()?.phase).toBe("staged");
  });

  test("takes the same order again without doing anything again", () => {
    const { host, last, said, pass } = onTrial();
    const before = last();
    host.receive(order("trial", 2));
    pass(5000);
    expect(said.at(-1)).toEqual(before);
  });

  test("has a release already when it has kept it, and lets a newer one take the place of a staged one", () => {
    const { host, last, pass, said } = onTrial();
    host.receive(order("commit", 3));
    pass(5000);
    host.receive(ordered(release, { goal: "stage", counter: counting(4), attempt: 2 }));
    expect(last()?.outcome?.code).toBe("already-installed");
    const [second, third] = [releasedOn(0.001, "second"), releasedOn(0.002, "third")];
    host.receive(ordered(second, { goal: "stage", counter: counting(5), attempt: 3 }));
    pass(5000);
    host.receive(ordered(third, { goal: "stage", counter: counting(6), attempt: 4 }));
    const canceled = said.filter(({ outcome }) => outcome?.code === "canceled");
    expect(canceled.map(({ attempt }) => attempt)).toEqual([3]);
    pass(5000);
    expect(last()).toMatchObject({ phase: "staged", target: third.statement.storePath });
  });

  test("does nothing more once it is stopped", () => {
    const { host, last, pass } = openHost();
    host.receive(order("trial", 1));
    host.stop();
    pass(DAY_MS);
    expect(last()).toMatchObject({ phase: "staging", current: OLD });
  });
});
