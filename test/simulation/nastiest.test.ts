import { describe, expect, it } from "vitest";
import { parseHostName } from "../../src/contract/index.ts";
import { stepsOf } from "../../src/rollout/index.ts";
import { HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { Home } from "./home.ts";
import { CARRIER } from "./hub-world.ts";

const rp4 = parseHostName("rp4");
const x1 = parseHostName("x1");
const PLAN = {
  groups: [
    { name: "pis", hosts: ["rp4"] },
    { name: "laptop", hosts: [{ host: "x1", optional: true }] },
    { name: "server", hosts: [{ host: "nuc", carries: ["broker", "hub"] }] },
  ],
  ...{ settle: "1m", soak: "3m", lease: "20m" },
};
const newHome = (): Home => {
  const home = new Home({ seed: 1, hosts: [rp4, x1, CARRIER], plan: PLAN });
  home.run(MINUTE_MS);
  return home;
};
const states = ({ hub }: Home): readonly string[] =>
  stepsOf(hub.state).map(({ host, state }) => `${host} ${state}`);

describe("the nastiest days", () => {
  it("the hub kills itself: with no broker the server returns to its exact old path, those before it stay", () => {
    const home = newHome();
    const changed = [rp4, x1, CARRIER];
    const fates = { [CARRIER]: { carries: "dies" as const } };
    act(home, { do: "push", push: { title: "bump", changed, fates, goesBack: false } });
    home.run(2 * HOUR_MS);
    expect(states(home)).toEqual(["rp4 Succeeded", "x1 Succeeded", "nuc RolledBack"]);
    expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
    expect(home.host(CARRIER).bootDefault).toBe(pathFor("nuc first"));
  });

  it("the laptop sleeps through three releases, wakes, and gets the last of them alone", () => {
    const home = newHome();
    act(home, { do: "sleep", host: x1, forMs: 9 * HOUR_MS });
    for (let release = 0; release < 3; release++) {
      const changed = [rp4, x1, CARRIER];
      act(home, { do: "push", push: { title: "bump", changed, fates: {}, goesBack: false } });
      home.run(2 * HOUR_MS);
      expect(states(home)).toEqual(["rp4 Succeeded", "x1 Deferred", "nuc Succeeded"]);
    }
    home.run(5 * HOUR_MS);
    expect(home.host(x1).disk.journal.committed).toHaveLength(1);
    expect(home.host(x1).disk.journal.committed[0]?.serial).toBe(home.hub.state.newestSerial);
  });

  it("the power fails during a trial: the old system boots, and only that host is lost to the release", () => {
    const home = newHome();
    act(home, { do: "push", push: { title: "bump", changed: [rp4], fates: {}, goesBack: false } });
    while (home.host(rp4).phase !== "in-trial") home.run(1_000);
    act(home, { do: "cut-power", host: rp4, forMs: MINUTE_MS });
    home.run(HOUR_MS);
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
    expect(states(home)[0]).toBe("rp4 RolledBack");
    expect(home.hub.state.rollout?.paused.map(({ condition }) => condition)).toEqual([
      "HostFailure",
    ]);
  });
});
