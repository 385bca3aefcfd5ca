import { describe, expect, it } from "vitest";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, order, reported } from "./stories.ts";

/** A laptop on which a trial has been ordered; it says how it slept at each switch and each boot. */
async function laptop() {
  const host = await playHost();
  host.reality.isLaptop = true;
  const asleepAt: string[] = [];
  host.reality.onSwitch = (system, verb) => {
    if (!host.reality.isAwake) asleepAt.push(`${verb} ${system}`);
    return 0;
  };
  return { host, asleepAt };
}

const first = (host: PlayedHost) => (GOOD_DAY[0] as (typeof GOOD_DAY)[0])(host);

describe("a laptop on trial", () => {
  it("is kept awake from the journal's word to its commit, by one activator that waits itself", async () => {
    const { host, asleepAt } = await laptop();
    await using _host = host;
    await first(host);
    await host.run();
    expect(host.reality.did).not.toContain("awake");
    await host.drop(order("trial", 2));
    const inTrial = reported(host, "in-trial");
    const run = host.run();
    await inTrial;
    expect(host.reality).toMatchObject({ current: NEW, isAwake: true });
    host.reality.bootMs += 1000;
    await host.renewSession();
    await host.drop(order("commit", 3));
    expect(await run).toBe("at-rest");
    expect((await host.report()).outcome?.code).toBe("succeeded");
    expect(asleepAt).toEqual([]);
    expect(host.reality.did.filter((one) => /awake|sleep/.test(one))).toEqual([
      "awake",
      "may sleep",
    ]);
  });

  it("may sleep again when it was undone", async () => {
    const { host, asleepAt } = await laptop();
    await using _host = host;
    host.reality.probesPass = false;
    await first(host);
    await host.run();
    await host.drop(order("trial", 2));
    await host.run();
    expect(host.reality).toMatchObject({ current: OLD, isAwake: false });
    expect((await host.report()).outcome?.reason).toBe("probe-failed");
    expect(asleepAt).toEqual([]);
  });

  it("is not kept awake while a guard holds its trial back", async () => {
    const { host } = await laptop();
    await using _host = host;
    const laptopGuard = { minBatteryPercent: 30 };
    host.limits = { ...host.limits, guards: { ...host.limits.guards, laptop: laptopGuard } };
    host.reality.guards = { batteryPercent: 12 };
    await first(host);
    await host.run();
    await host.drop(order("trial", 2));
    await host.run();
    expect((await host.report()).waiting?.code).toBe("battery-low");
    expect(host.reality.did).not.toContain("awake");
  });
});
