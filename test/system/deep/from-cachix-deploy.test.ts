import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP3, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { type HomeSight, hasKept, hasUndone } from "../../../src/cli/demo/home-sight.ts";
import type { HostName } from "../../../src/contract/index.ts";
import { needs } from "../../support/system-parts.ts";
import type { HouseRelease } from "../house/house-systems.ts";
import { endedAs, isPausedBy, stateOf } from "../house/rollout-sight.ts";
import { HOSTS } from "./migrating-ground.ts";
import { type MigratingHome, openMigratingHome } from "./migrating-home.ts";

/** docs/from-cachix-deploy.md, told from its first push to its way back, in one home. */
describe.skipIf(needs("nix", "mosquitto").skip)("a home that moves from Cachix Deploy", () => {
  let home: MigratingHome;
  beforeAll(async () => {
    home = await openMigratingHome();
  }, 120_000);
  afterAll(() => home?.close(), 60_000);

  const doctor = ["doctor", "--listen", "200ms"];
  /** What nobody may ever see of hosts that only observe. */
  const nobodyTried = (...hosts: readonly HostName[]): void => {
    const tried = ["activating", "in-trial", "committing", "reverting", "rebooting"];
    const seen = home.reports.filter(
      ({ host, phase }) => hosts.includes(host) && tried.includes(phase),
    );
    expect(seen).toEqual([]);
  };
  const nobodyWaited = (): void => {
    expect(home.statuses.flatMap(({ paused }) => paused)).toEqual([]);
  };
  const wouldHave = ({ reports }: HomeSight, host: HostName, { paths }: HouseRelease): boolean => {
    const { outcome, target } = reports.get(host) ?? {};
    return target === paths.get(host) && outcome?.reason === "observe-mode";
  };
  const runs = ({ reports }: HomeSight, host: HostName, { paths }: HouseRelease): boolean => {
    const { current, profile } = reports.get(host) ?? {};
    return current === paths.get(host) && profile === paths.get(host);
  };
  const over = ({ title }: HouseRelease, completion: string): Promise<void> =>
    home.until(`${title} ended as ${completion}`, ({ status }) =>
      endedAs(status, title, completion),
    );

  it("level 1: every host observes, on a broker that asks nobody's name, and Cachix deploys", async () => {
    const release = await home.build("works");
    await home.publish(release);
    await over(release, "PartiallyPromoted");
    for (const host of HOSTS) {
      expect(wouldHave(home.sight, host, release)).toBe(true);
      expect(home.sight.reports.get(host)).toMatchObject({
        ...{ mode: "observe", outcome: { code: "rejected" } },
      });
      expect(home.sight.reports.get(host)?.outcome?.message).toMatch(/^would change \d+ packages/);
      expect(runs(home.sight, host, release)).toBe(false);
      expect(stateOf(home.sight.status, host)).toBe("Skipped");
    }
    await home.cachix(release, ...HOSTS);
    await home.until("Cachix has moved all", (sight) =>
      HOSTS.every((host) => runs(sight, host, release)),
    );
    expect([...home.sight.reports.values()].map(({ drift }) => drift)).toEqual([[], [], []]);

    const faster = await home.build("works");
    await home.cachix(faster, ...HOSTS);
    await home.publish(faster);
    await over(faster, "Promoted");
    expect(HOSTS.map((host) => stateOf(home.sight.status, host))).toEqual(
      HOSTS.map(() => "AlreadyInstalled"),
    );
    nobodyTried(...HOSTS);
    nobodyWaited();
    const { stdout } = await home.nixwave(...doctor, "--broker", home.openUrl);
    expect(stdout).toContain("whoever reaches this broker can delay hosts");
  });

  it("level 2: rp4 is active and keeps what Nixwave brings; Cachix moves the others, and nobody waits", async () => {
    home.forget();
    await home.mode("active", RP4);
    await home.until("rp4 says so", ({ reports }) => reports.get(RP4)?.mode === "active");
    const release = await home.build("works");
    await home.publish(release);
    await over(release, "PartiallyPromoted");
    expect(hasKept(home.sight, RP4, release.paths.get(RP4))).toBe(true);
    for (const host of [RP3, NUC]) expect(wouldHave(home.sight, host, release)).toBe(true);
    await home.cachix(release, RP3, NUC);
    await home.until("Cachix has moved the others", (sight) =>
      HOSTS.every((host) => runs(sight, host, release)),
    );
    expect([...home.sight.reports.values()].map(({ drift }) => drift)).toEqual([[], [], []]);
    nobodyTried(RP3, NUC);
    nobodyWaited();
  });

  it("level 2, and the spec still names rp4: what Cachix brought to it is drift, and the next release asks", async () => {
    const theirs = await home.build("works");
    await home.cachix(theirs, RP4, RP3, NUC);
    await home.until("it is seen", ({ reports }) => (reports.get(RP4)?.drift ?? []).length === 2);
    expect([RP3, NUC].map((host) => home.sight.reports.get(host)?.drift)).toEqual([[], []]);
    const next = await home.build("works");
    await home.publish(next);
    await home.until("it asks", ({ status }) => isPausedBy(status, next.title, "ApprovalRequired"));
    expect(runs(home.sight, RP4, theirs)).toBe(true);
    expect((await home.nixwave("approve", "rp4", ...home.asPerson)).status).toBe(0);
    await over(next, "PartiallyPromoted");
    expect(hasKept(home.sight, RP4, next.paths.get(RP4))).toBe(true);
  });

  it("level 3: the broker has accounts, all are active; a good release goes through, a bad one is undone", async () => {
    await home.mode("active", ...HOSTS);
    await home.nameHosts();
    await home.closeBroker();
    await home.until("all are there again", ({ online, reports }) =>
      HOSTS.every((host) => online.has(host) && reports.get(host)?.mode === "active"),
    );
    const { stdout } = await home.nixwave(
      ...doctor,
      "--open-broker",
      home.openUrl,
      ...home.asPerson,
    );
    expect(stdout).toContain("strangers can neither read nor write orders");

    const release = await home.build("works");
    await home.publish(release);
    await over(release, "Promoted");
    for (const host of HOSTS) expect(hasKept(home.sight, host, release.paths.get(host))).toBe(true);

    const bad = await home.build("broken");
    home.forget();
    await home.publish(bad);
    await home.until("rp4 has undone it", (sight) => hasUndone(sight, RP4, bad.paths.get(RP4)));
    await home.until("it asks", ({ status }) => isPausedBy(status, bad.title, "HostFailure"));
    nobodyTried(RP3, NUC);
    expect((await home.nixwave("abort", ...home.asPerson)).status).toBe(0);
    await over(bad, "Aborted");
    for (const host of HOSTS) expect(runs(home.sight, host, release)).toBe(true);
  });

  it("the way back: all observe, Cachix deploys, and nobody undoes it or calls it drift", async () => {
    home.forget();
    const release = await home.build("works");
    await home.cachix(release, ...HOSTS);
    await home.mode("observe", ...HOSTS);
    await home.until("they say so", ({ reports }) =>
      HOSTS.every((host) => reports.get(host)?.mode === "observe"),
    );
    const next = await home.build("works");
    await home.publish(next);
    await over(next, "PartiallyPromoted");
    for (const host of HOSTS) expect(wouldHave(home.sight, host, next)).toBe(true);
    for (const host of HOSTS) expect(runs(home.sight, host, release)).toBe(true);
    await home.cachix(next, ...HOSTS);
    await home.until("Cachix has moved all", (sight) =>
      HOSTS.every((host) => runs(sight, host, next)),
    );
    expect([...home.sight.reports.values()].map(({ drift }) => drift)).toEqual([[], [], []]);
    nobodyTried(...HOSTS);
    nobodyWaited();
  });
});
