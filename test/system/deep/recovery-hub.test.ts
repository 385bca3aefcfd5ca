import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { needs } from "../../support/system-parts.ts";
import type { HouseRelease } from "../house/house-systems.ts";
import { openRecoveryHome, type RecoveryHome } from "./recovery-home.ts";

/** docs/recovery.md, in one home that has one accident after the other. */
describe.skipIf(needs("nix").skip)("a hub that is lost", { timeout: 240_000 }, () => {
  let house: RecoveryHome;
  let newest: HouseRelease;
  beforeAll(async () => {
    house = await openRecoveryHome();
  }, 120_000);
  afterAll(() => house?.[Symbol.asyncDispose](), 60_000);

  const release = async (): Promise<void> => {
    newest = await house.publish();
    await house.promoted(newest.title);
  };
  const diskDies = async (): Promise<void> => {
    await house.run("systemctl kill nixwave-hub");
    await rm(house.state, { recursive: true });
  };
  /** No host tries, keeps or undoes anything while `what` happens, and all run what they ran. */
  const touchesNobody = async (what: () => Promise<void>): Promise<void> => {
    const heard = house.reports.length;
    await what();
    const spoke = (host: typeof RP4) => house.reports.slice(heard).some((one) => one.host === host);
    await house.until("both hosts have spoken since", () => spoke(RP4) && spoke(NUC));
    const since = house.reports.slice(heard);
    const phases = new Set(since.map(({ phase }) => phase));
    for (const phase of ["activating", "in-trial", "committing", "reverting"] as const)
      expect(phases).not.toContain(phase);
    for (const host of [RP4, NUC]) {
      const { current, profile } = house.reports.findLast((one) => one.host === host) ?? {};
      const path = newest.paths.get(host);
      expect({ current, profile }).toEqual({ current: path, profile: path });
    }
  };
  /**
   * What a host has accepted is in its reports, in the order in which it made them: a restored broker has old copies.
   * Its agent was never started anew.
   */
  const countersOnlyRise = (): void => {
    for (const host of [RP4, NUC]) {
      const own = house.reports.filter((one) => one.host === host);
      const counters = own.toSorted((a, b) => a.at - b.at).map(({ counter }) => counter);
      expect(new Set(counters).size).toBeGreaterThan(3);
      expect(counters).toEqual(counters.toSorted((a, b) => a - b));
    }
  };

  it("comes back on hold from a backup that is older than the hosts, undoes nothing, and goes on", async () => {
    await release();
    await house.follow("a backup");
    await release();
    await diskDies();
    await touchesNobody(async () => {
      await house.follow("the hub from a backup");
      await house.publishAgain(newest);
      await house.follow("the hub goes on");
    });
    await release();
    countersOnlyRise();
  });

  it("comes back without a backup from what `nixwave init` made", async () => {
    await diskDies();
    await touchesNobody(async () => {
      await house.follow("the hub without a backup");
      await house.publishAgain(newest);
      await house.promoted(newest.title);
    });
    await release();
    countersOnlyRise();
  });

  it("orders with the spare when its key is gone from everywhere", async () => {
    await diskDies();
    await rm(join(house.laptop, "nixwave-home/hub/keys"), { recursive: true });
    await house.follow("the hub's key from the drawer");
    await release();
    await house.follow("every host has the new key");
    countersOnlyRise();
  });

  it("learns again what it was when its journal is damaged", async () => {
    await house.run("systemctl stop nixwave-hub");
    await house.run(`echo rubbish >${house.state}/journal/hub-v1.sqlite`);
    await touchesNobody(async () => {
      await house.follow("the journal");
      await house.publishAgain(newest);
      await house.promoted(newest.title);
    });
    await release();
    countersOnlyRise();
  });
});
