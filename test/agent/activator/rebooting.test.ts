import { describe, expect, it } from "vitest";
import { pathFor } from "../../support/contract-builders.ts";
import { OLD, playHost } from "./played-host.ts";
import { order } from "./stories.ts";

describe("a reboot into a new system", () => {
  it("has what runs then held as its way back before trial.v1 is written", async () => {
    await using host = await playHost();
    host.reality.rebootReasons = ["kernel"];
    await host.drop(order("stage", 1));
    await host.run();
    expect(host.reality.wayBackHeld).toBe(OLD);
    const theirs = pathFor("theirs");
    host.reality.current = theirs;
    const held: unknown[] = [];
    const before = host.disk.beforeChange;
    host.disk.beforeChange = (what) => {
      if (what.includes("trial.v1")) held.push(host.reality.wayBackHeld);
      before(what);
    };
    await host.drop(order("boot", 2, { approved: "one-shot" }));
    expect(await host.run()).toBe("rebooting");
    expect(held[0]).toBe(theirs);
  });
});
