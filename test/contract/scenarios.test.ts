import { describe, expect, it } from "vitest";
import {
  type ErrorCode,
  newRatchet,
  parseFleetName,
  parseHostName,
  STATEMENT_TYPE,
} from "../../src/contract/index.ts";
import {
  at,
  CI_KEY,
  clockAt,
  DAY_MS,
  desiredBytes,
  HOUR_MS,
  orderOf,
  releasedOn,
  seal,
  sealOrder,
  serialAt,
  statementOf,
  utf8,
} from "../support/contract-builders.ts";
import { home } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const accepted = { kind: "accepted" };

describe("whoever owns the broker can delay, never choose content", () => {
  it("replay of an order: the old copy of desired is refused once a newer one was accepted", () => {
    const { host, hub } = home();
    const first = hub.order(releasedOn(0, "a"));
    expect(host.receive(first)).toMatchObject(accepted);
    expect(hub.commit(releasedOn(0, "a"), { attempt: 1 })).toMatchObject(accepted);
    expect(host.receive(first)).toMatchObject(refused("order-replayed"));
  });

  it("replay of the last order: it is recognised, nothing starts again", () => {
    const { host, hub } = home();
    hub.install(releasedOn(0, "a"));
    const before = host.ratchet;
    const last = hub.order(releasedOn(0, "a"), { goal: "commit", attempt: 1 });
    host.receive(last);
    expect(host.receive(last)).toMatchObject({ kind: "repeated" });
    expect(host.ratchet).toMatchObject({ floor: before.floor, highest: before.highest });
  });

  it("a CI-signed old statement under a fresh order", () => {
    const { host, hub } = home();
    host.clock = clockAt(8 * DAY_MS);
    hub.install(releasedOn(8, "new"));
    expect(hub.trial(releasedOn(1, "old"))).toMatchObject(refused("serial-below-floor"));
  });

  it("another host's statement, and another host's order", () => {
    const { host, hub } = home();
    const nuc = parseHostName("nuc");
    expect(hub.trial(releasedOn(0, "a", { host: nuc }))).toMatchObject(refused("wrong-host"));
    expect(hub.trial(releasedOn(0, "a"), { host: nuc })).toMatchObject(refused("wrong-host"));
    expect(host.ratchet).toEqual(newRatchet(1));
  });

  it("another fleet's statement, although the same key signed it", () => {
    const { hub } = home();
    const fleet = parseFleetName("github:neighbour/homelab");
    expect(hub.trial(releasedOn(0, "a", { fleet }))).toMatchObject(refused("wrong-fleet"));
  });

  it("an order for another statement", () => {
    const { host } = home();
    const [ordered, beside] = [releasedOn(0, "a"), releasedOn(0, "b")];
    const bytes = desiredBytes(sealOrder(orderOf(ordered.digest)), beside);
    expect(host.receive(bytes)).toMatchObject(refused("statement-mismatch"));
  });

  it("path injection: what would mean something to a shell or a file system is no store path", () => {
    const { host } = home();
    const hash = "0".repeat(32);
    for (const storePath of [
      `/nix/store/${hash}-x/../../../etc`,
      `/nix/store/${hash}-x; rm -rf`,
      `/nix/store/${hash}-$(id)`,
      `/nix/store/${hash}-x\n`,
      `/nix/store/${hash}-x\u0000`,
      `--option`,
      `/nix/store/${hash}-system.drv`,
      "",
    ]) {
      const text = JSON.stringify({ ...statementOf("a"), storePath });
      const sealed = seal(STATEMENT_TYPE, utf8(text), [CI_KEY]);
      expect(host.receive(desiredBytes(sealOrder(orderOf(sealed.digest)), sealed))).toMatchObject({
        ...refused("invalid-field"),
        message: expect.stringMatching(/^\/storePath /),
      });
    }
  });

  it("freeze, then late delivery: what was withheld is refused after something newer was kept", () => {
    const { host, hub } = home();
    const withheld = hub.order(releasedOn(1, "intermediate"));
    host.clock = clockAt(2 * DAY_MS);
    hub.install(releasedOn(2, "new"));
    expect(host.receive(withheld)).toMatchObject(refused("order-replayed"));
    expect(hub.trial(releasedOn(1, "intermediate"))).toMatchObject(refused("serial-below-floor"));
  });

  it("freeze, then late delivery of the first order of all: notAfter stops it", () => {
    const { host, hub } = home();
    const withheld = hub.order(releasedOn(0, "a"));
    host.clock = clockAt(HOUR_MS);
    expect(host.receive(withheld)).toMatchObject(refused("order-stale"));
  });

  it("freeze for a season: the statement has expired, whatever the hub orders", () => {
    const { host, hub } = home();
    host.clock = clockAt(90 * DAY_MS);
    expect(hub.trial(releasedOn(0, "a"))).toMatchObject(refused("statement-expired"));
  });

  it("the broker restored from a backup: yesterday's retained desired changes nothing", () => {
    const { host, hub } = home();
    const backup = hub.order(releasedOn(0, "a"));
    hub.install(releasedOn(0, "a"));
    hub.commit(releasedOn(0, "a"));
    host.clock = clockAt(DAY_MS);
    hub.install(releasedOn(1, "b"));
    const { ratchet, journal } = host;
    expect(host.receive(backup)).toMatchObject(refused("order-replayed"));
    expect(host).toMatchObject({ ratchet, journal });
  });
});

describe("a host that restarts, forgets, or does not know the time", () => {
  it("restart: ratchet and journal come back from disk and refuse what they refused before", () => {
    const { host, hub } = home();
    const old = hub.order(releasedOn(0, "old"));
    host.clock = clockAt(2 * DAY_MS);
    hub.install(releasedOn(2, "new"));
    host.restart();
    expect(host.receive(old)).toMatchObject(refused("order-replayed"));
    expect(hub.trial(releasedOn(1, "older"))).toMatchObject(refused("serial-below-floor"));
    expect(hub.trial(releasedOn(3, "newer"))).toMatchObject(accepted);
  });

  it("restart in trial: the commit of that attempt is still accepted, any other is not", () => {
    const { host, hub } = home();
    const next = releasedOn(0, "a");
    hub.trial(next);
    host.restart();
    expect(hub.commit(next, { attempt: 7 })).toMatchObject(refused("not-in-trial"));
    expect(hub.commit(next)).toMatchObject(accepted);
  });

  it("wiped state: the first unexpired statement is accepted, expiry bounds the replay", () => {
    const { host, hub } = home();
    host.clock = clockAt(100 * DAY_MS);
    hub.install(releasedOn(100, "new"));
    host.loseState();
    expect(hub.trial(releasedOn(1, "very-old"))).toMatchObject(refused("statement-expired"));
    expect(hub.trial(releasedOn(99, "old"))).toMatchObject(accepted);
  });

  it("wiped state with a floor in the running closure: nothing older than that closure", () => {
    const { host, hub } = home({ serialFloor: serialAt(100 * DAY_MS) });
    host.clock = clockAt(100 * DAY_MS);
    hub.install(releasedOn(100, "new"));
    host.loseState();
    expect(hub.trial(releasedOn(99, "old"))).toMatchObject(refused("serial-below-floor"));
    expect(hub.trial(releasedOn(100.5, "newer"))).toMatchObject(accepted);
  });

  it("no-RTC clock: it holds at boot and goes on when time has come", () => {
    const { host, hub } = home();
    const bytes = hub.order(releasedOn(0, "a"));
    host.clock = { now: at(-56 * 365 * DAY_MS), synchronised: false };
    expect(host.receive(bytes)).toMatchObject({ kind: "held", code: "clock-unsynchronised" });
    host.clock = clockAt(0);
    expect(host.receive(bytes)).toMatchObject(accepted);
  });

  it("fast-forward: a serial far in the future is refused and raises nothing", () => {
    const { host, hub } = home();
    const far = releasedOn(30_000, "a");
    expect(hub.trial(far)).toMatchObject(refused("serial-in-future"));
    expect(host.ratchet).toEqual(newRatchet(1));
    expect(hub.trial(releasedOn(0, "honest"))).toMatchObject(accepted);
  });

  it("abort: a reverted trial leaves the floor, and the release before it is still welcome", () => {
    const { host, hub } = home();
    hub.install(releasedOn(0, "a"));
    const { floor } = host.ratchet;
    hub.trial(releasedOn(0.5, "b"));
    expect(hub.revert(releasedOn(0.5, "b"))).toMatchObject(accepted);
    expect(host.ratchet.floor).toEqual(floor);
    expect(hub.commit(releasedOn(0.5, "b"))).toMatchObject({ kind: "closed" });
    expect(hub.trial(releasedOn(0.25, "between"))).toMatchObject(accepted);
  });
});
