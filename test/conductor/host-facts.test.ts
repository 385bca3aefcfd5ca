import { describe, expect, it } from "vitest";
import { parseSessionId } from "../../src/contract/index.ts";
import { reportedOf } from "../support/contract-builders.ts";
import { nuc, PlayedHome, rp4 } from "./played-home.ts";

const session = parseSessionId("33333333-3333-4333-8333-333333333333");

describe("what a host says", () => {
  it("counts on its own topic only: under another's name it is nothing", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const said = reportedOf("old", { host: nuc, session, seq: 1 });
    home.broker.tell({ kind: "reported", host: rp4 }, said);
    await home.clock.pass(200);
    expect(hub.view.hosts.map(({ reported, online }) => [reported, online])).toEqual([
      [null, false],
      [null, false],
    ]);
  });

  it("over a connection is not undone by the copy that a reconnect brings again", async () => {
    await using home = new PlayedHome();
    const topic = "nixwave/v1/hosts/rp4/reported";
    home.report(rp4, { phase: "idle" });
    const old = home.broker.retained.get(topic) as Uint8Array;
    const hub = await home.open();
    expect(hub.view.hosts[0]).toMatchObject({ isLive: false, reported: { phase: "idle" } });
    home.report(rp4, { phase: "staged" });
    await home.clock.pass(200);
    const { reported } = hub.view.hosts[0] ?? {};
    expect(hub.view.hosts[0]).toMatchObject({ isLive: true, reported: { phase: "staged" } });
    home.broker.again(topic, old);
    await home.clock.pass(200);
    expect(hub.view.hosts[0]).toMatchObject({ isLive: true, reported });
  });
});
