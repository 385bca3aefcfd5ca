import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/contract/index.ts";
import {
  CI_KEY,
  clockAt,
  DAY_MS,
  desiredBytes,
  keyFrom,
  orderOf,
  releasedOn,
  sealOrder,
  sealStatement,
  trusting,
} from "../support/contract-builders.ts";
import { home } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const accepted = { kind: "accepted" };

describe("intended roll backs", () => {
  const good = releasedOn(0, "good");
  const bad = releasedOn(1, "bad");

  function withBad() {
    const { host, hub } = home();
    hub.install(good);
    host.clock = clockAt(DAY_MS);
    hub.install(bad);
    return { host, hub };
  }

  it("intended roll back by CI, then a replay of the bad one", () => {
    const { hub } = withBad();
    hub.install(releasedOn(1.5, "good"));
    expect(hub.trial(bad)).toMatchObject(refused("serial-below-floor"));
    expect(hub.trial(bad, { retry: true })).toMatchObject(refused("serial-below-floor"));
  });

  it("intended roll back by the hub, then a replay of the bad one", () => {
    const { hub } = withBad();
    hub.install(good, { rollback: true });
    expect(hub.trial(bad)).toMatchObject(refused("quarantined"));
  });

  it("rollback window: within it the hub alone may return, after it only CI", () => {
    const { host, hub } = withBad();
    host.clock = clockAt(30 * DAY_MS);
    expect(host.judge(hub.order(good, { rollback: true, attempt: 9 }))).toMatchObject(accepted);
    host.clock = clockAt(31 * DAY_MS);
    expect(host.judge(hub.order(good, { rollback: true, attempt: 9 }))).toMatchObject(
      refused("not-committed-here"),
    );
    expect(hub.trial(releasedOn(31, "good"))).toMatchObject(accepted);
  });

  it("a roll back that fails is reverted, and the host is where it was", () => {
    const { host, hub } = withBad();
    hub.trial(good, { rollback: true });
    hub.revert(good, { rollback: true });
    expect(host.journal.committed.at(-1)?.storePath).toBe(bad.statement.storePath);
    expect(hub.trial(good)).toMatchObject(refused("serial-below-floor"));
  });
});

describe("a stolen CI key", () => {
  const stolen = CI_KEY;
  const safe = keyFrom("operator-1");
  const planted = releasedOn(0, "planted");

  it("1 of 1: the thief's statement is accepted, which is why a threshold of 2 exists", () => {
    const { hub } = home();
    expect(hub.trial(planted)).toMatchObject(accepted);
  });

  it("2 of 2: the stolen key alone signs nothing, not even twice", () => {
    const { hub } = home({ releaseKeys: trusting(2, stolen, safe) });
    expect(hub.trial(planted)).toMatchObject(refused("signature-invalid"));
    const twice = sealStatement(planted.statement, stolen, stolen);
    expect(hub.trial(twice)).toMatchObject(refused("signature-invalid"));
    expect(hub.trial(sealStatement(planted.statement, stolen, safe))).toMatchObject(accepted);
  });

  it("even a stolen CI key starts nothing without the hub's order", () => {
    const { host } = home();
    const bytes = desiredBytes(sealOrder(orderOf(planted.digest), stolen), planted);
    expect(host.receive(bytes)).toMatchObject(refused("signature-invalid"));
  });

  it("recovery by trust epoch: a floor pushed ahead is forgotten, the thief's key with it", () => {
    const { host, hub } = home();
    hub.install(releasedOn(1, "planted"));
    const honest = sealStatement(releasedOn(0.1, "honest").statement, safe);
    host.trust = { ...host.trust, releaseKeys: trusting(1, safe) };
    expect(hub.trial(honest)).toMatchObject(refused("serial-below-floor"));
    host.trust = { ...host.trust, epoch: 2 };
    expect(hub.trial(honest)).toMatchObject(accepted);
    expect(host.ratchet).toMatchObject({ epoch: 2, floor: null });
    expect(hub.trial(releasedOn(1.1, "planted"))).toMatchObject(refused("signature-invalid"));
  });
});
