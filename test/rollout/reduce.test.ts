import { describe, expect, it } from "vitest";
import type { Counter } from "../../src/contract/index.ts";
import { parseHostName } from "../../src/contract/index.ts";
import {
  at,
  ended,
  home,
  inTrial,
  nuc,
  offered,
  orders,
  pathOf,
  play,
  release,
  rp4,
  says,
  staged,
  states,
} from "./scenes.ts";

describe("a rollout whose hosts do well", () => {
  it("stages all hosts at once", () => {
    const begun = play(home(), offered(7));
    expect(orders(begun)).toEqual(["rp4 stage", "nuc stage"]);
  });

  it("lets nobody activate before every host has what it needs", () => {
    expect(orders(play(home(), offered(7), staged(nuc, 7)))).toEqual([]);
  });

  it("tries the first host of the fleet's order, whoever was ready first", () => {
    const ready = play(home(), offered(7), staged(nuc, 7), staged(rp4, 7));
    expect(orders(ready)).toEqual(["rp4 trial"]);
    expect(ready.effects).toContainEqual({
      type: "StepStarted",
      rollout: "main-7",
      host: rp4,
      target: pathOf(rp4, 7),
    });
  });

  it("commits a host that reports the trial of the path it was given", () => {
    const tried = play(home(), offered(7), staged(rp4, 7), staged(nuc, 7), inTrial(rp4, 7));
    expect(orders(tried)).toEqual(["rp4 commit"]);
  });

  it("passes the turn on when the host itself reported success", () => {
    const kept = play(
      home(),
      ...[offered(7), staged(rp4, 7), staged(nuc, 7), inTrial(rp4, 7)],
      ended(rp4, 7, "succeeded"),
    );
    expect(orders(kept)).toEqual(["nuc trial"]);
    expect(states(kept.state)).toEqual(["rp4 Succeeded", "nuc Activating"]);
  });

  it("finishes when every host has succeeded", () => {
    const done = play(
      home(),
      ...[offered(7), staged(rp4, 7), staged(nuc, 7), inTrial(rp4, 7), ended(rp4, 7, "succeeded")],
      ...[inTrial(nuc, 7), ended(nuc, 7, "succeeded")],
    );
    expect(done.state.rollout).toMatchObject({ phase: "Completed", completion: "Promoted" });
    expect(done.effects.map((effect) => effect.type)).toEqual(["Finished"]);
  });

  it("takes a host that has the release already as done", () => {
    const done = play(
      home(),
      ...[offered(7), ended(rp4, 7, "already-installed"), ended(nuc, 7, "already-installed")],
    );
    expect(done.state.rollout?.completion).toBe("Promoted");
  });
});

describe("a rollout in which a host fails", () => {
  const failing = [offered(7), staged(rp4, 7), staged(nuc, 7), inTrial(rp4, 7)] as const;

  it("stops, says why, and lets the others go untouched", () => {
    const stopped = play(home(), ...failing, ended(rp4, 7, "rolled-back", "lease-expired"));
    expect(states(stopped.state)).toEqual(["rp4 RolledBack", "nuc Canceled"]);
    expect(orders(stopped)).toEqual(["nuc revert"]);
    expect(stopped.state.rollout).toMatchObject({
      completion: "Aborted",
      why: "rp4: RolledBack, lease-expired",
    });
    expect(stopped.effects.at(-1)?.type).toBe("Stopped");
  });

  it("activates nobody when one host cannot even stage", () => {
    const stopped = play(
      home(),
      offered(7),
      staged(rp4, 7),
      ended(nuc, 7, "failed", "pull-failed"),
    );
    expect(states(stopped.state)).toEqual(["rp4 Canceled", "nuc Failed"]);
  });

  it("waits for a host in trial to come to its own end before it is over", () => {
    const both = play(
      home(),
      ...[offered(7), staged(rp4, 7), staged(nuc, 7)],
      ended(nuc, 7, "inconsistent"),
    );
    expect(both.state.rollout?.phase).toBe("Aborting");
    const over = play(both.state, inTrial(rp4, 7), ended(rp4, 7, "succeeded"));
    expect(states(over.state)).toEqual(["rp4 Succeeded", "nuc Inconsistent"]);
    expect(over.state.rollout?.completion).toBe("Aborted");
  });

  it("takes a refusal of the order it gave as the end of that host's turn", () => {
    const begun = play(home(), offered(7));
    const counter = begun.state.rollout?.steps[0]?.counter ?? 0;
    const refusal = { code: "signature-invalid", message: "nobody we trust", counter };
    const refused = play(begun.state, says(rp4, 7, { rollout: null, attempt: null, refusal }));
    expect(states(refused.state)).toEqual(["rp4 Rejected", "nuc Canceled"]);
    expect(refused.state.rollout?.why).toContain("signature-invalid");
  });

  it.each(["order-replayed", "order-stale", "clock-unsynchronised"])(
    "does not end a turn on %s",
    (code) => {
      const begun = play(home(), offered(7));
      const counter = begun.state.rollout?.steps[0]?.counter ?? 0;
      const refusal = { code, message: "", counter };
      const refused = play(begun.state, says(rp4, 7, { rollout: null, refusal }));
      expect(refused.ignored).not.toBeNull();
    },
  );

  it("does not take a refusal of an older order for one of this", () => {
    const begun = play(home(), offered(7));
    const refusal = { code: "signature-invalid", message: "", counter: 1 };
    expect(play(begun.state, says(rp4, 7, { rollout: null, refusal })).ignored).not.toBeNull();
  });
});

describe("events that change nothing", () => {
  const begun = play(home(), offered(7)).state;

  it.each([
    ["a retained report", says(rp4, 7, { phase: "staged", live: false })],
    ["a report of another rollout", staged(rp4, 6)],
    ["a report of another attempt", says(rp4, 7, { phase: "staged", attempt: 2 })],
    ["a report of another path", says(rp4, 7, { phase: "staged", target: pathOf(rp4, 6) })],
    ["a stranger's report", staged(parseHostName("stranger"), 7)],
    ["the same release again", offered(7)],
    ["an older release", offered(6)],
    ["a release for strangers only", offered(9, [parseHostName("stranger")])],
    ["a trial without the new system running", says(rp4, 7, { phase: "in-trial", current: null })],
    ["an outcome nobody knows", ended(rp4, 7, "splendid")],
  ])("%s is ignored, and the reason is said", (_name, event) => {
    const next = play(begun, event);
    expect(next.state).toEqual(begun);
    expect(next.effects).toEqual([]);
    expect(next.ignored).toMatch(/\w+ \w+/);
  });

  it("a second host in trial is not committed", () => {
    const trying = play(begun, staged(rp4, 7), staged(nuc, 7)).state;
    expect(play(trying, inTrial(nuc, 7)).ignored).toContain("turn of rp4");
  });
});

describe("what the hub remembers", () => {
  it("never lets a counter fall, wherever it was learned", () => {
    const learned = play(home(), {
      type: "CounterLearned",
      at: at(5),
      counter: 5_000 as Counter,
    }).state;
    const begun = play(learned, offered(7));
    const counters = begun.effects.flatMap((one) => (one.type === "Order" ? [one.counter] : []));
    expect(counters).toEqual([5_001, 5_002]);
  });

  it("orders anew when a host appears, under a higher counter", () => {
    const begun = play(home(), offered(7)).state;
    const again = play(begun, { type: "HostAppeared", at: at(9000), host: rp4 });
    expect(again.effects).toMatchObject([{ host: rp4, goal: "stage", counter: 9000 }]);
  });

  it("orders nothing of a host whose turn is over", () => {
    const done = play(home(), offered(7), ended(rp4, 7, "already-installed")).state;
    expect(play(done, { type: "HostAppeared", at: at(9000), host: rp4 }).ignored).not.toBeNull();
  });

  it("keeps the newest of the releases that arrive meanwhile, and starts it afterwards", () => {
    const waiting = play(home(), offered(7), offered(8), offered(9));
    expect(waiting.state.next).toEqual(release(9));
    const over = play(
      waiting.state,
      ended(rp4, 7, "already-installed"),
      ended(nuc, 7, "already-installed"),
    );
    expect(over.state.rollout?.id).toBe("main-9");
    expect(orders(over)).toEqual(["rp4 stage", "nuc stage"]);
  });

  it("reports hosts it does not know as skipped", () => {
    const stranger = parseHostName("x9");
    const begun = play(home(), offered(7, [rp4, stranger]));
    expect(states(begun.state)).toEqual(["rp4 Staging", "x9 Skipped"]);
  });
});
