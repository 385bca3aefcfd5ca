import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBootHosts } from "../support/simulated-host/can-boot-hosts.ts";
import { needs } from "../support/system-parts.ts";
import { type Bundles, buildBundles, type Clock, clockHome } from "./clock-rig.ts";

const skip = needs("nix", "faketime").skip || canBootHosts().skip;
const LIMIT = { timeout: 180_000 };
const YEAR_MS = 365 * 86_400_000;

let bundles: Bundles;
beforeAll(async () => {
  if (!skip) bundles = await buildBundles();
});
afterAll(async () => {
  if (!skip) await bundles[Symbol.asyncDispose]();
});

const home = (clock: Clock, isSynchronised: boolean, more = {}) =>
  clockHome({ bundles, clock, isSynchronised, ...more });

describe.skipIf(skip)("the bundles, started with the clock in 1970", LIMIT, () => {
  it("hold an order and say why, and keep the new system once somebody has set the clock", async () => {
    await using the = await home("1970", false);
    await the.order("trial");
    const held = await the.reported(({ refusal }) => refusal !== null);
    expect(held).toMatchObject({
      ...{ refusal: { code: "clock-unsynchronised" }, clock: "unsynchronised" },
      ...{ current: the.old, outcome: null, phase: "idle" },
    });
    expect(held.at).toBeLessThan(YEAR_MS);
    await the.setClock("right", true);
    await the.order("trial");
    await the.reported(({ phase }) => phase === "in-trial");
    await the.order("commit");
    const end = await the.reported(({ outcome }) => outcome !== null);
    expect(end).toMatchObject({
      ...{ outcome: { code: "succeeded" }, clock: "synchronised", refusal: null },
      ...{ current: the.fresh, profile: the.fresh },
    });
    expect(Math.abs(end.at - Date.now())).toBeLessThan(YEAR_MS);
    expect(await the.host.bootDefault()).toBe(the.fresh);
  });

  it("refuse what seems to come from the future when the system takes 1970 for right", async () => {
    await using the = await home("1970", true);
    await the.order("trial");
    const refused = await the.reported(({ refusal }) => refusal !== null);
    expect(refused).toMatchObject({
      ...{ refusal: { code: "serial-in-future" }, current: the.old, outcome: null, phase: "idle" },
    });
  });
});

describe.skipIf(skip)("a statement that has expired by the host's clock", LIMIT, () => {
  const notAfter = (Date.now() + 2 * YEAR_MS) as never;

  it("is refused when the clock is synchronised", async () => {
    await using the = await home("a year ahead", true);
    await the.order("trial", { notAfter });
    const refused = await the.reported(({ refusal }) => refusal !== null);
    expect(refused).toMatchObject({ refusal: { code: "statement-expired" }, current: the.old });
  });

  it("is only held when it is not: the time counts when somebody has set it", async () => {
    await using the = await home("a year ahead", false);
    await the.order("trial", { notAfter });
    const held = await the.reported(({ refusal }) => refusal !== null);
    expect(held).toMatchObject({ refusal: { code: "clock-unsynchronised" }, current: the.old });
  });
});

describe.skipIf(skip)("a clock that jumps between order and commit", LIMIT, () => {
  it.each([
    ["a year ahead", false],
    ["a year behind", true],
    ["a year behind", false],
    ["1970", false],
  ] as const)("%s (synchronised: %s) lets the commit through", async (clock, isSynchronised) => {
    await using the = await home("right", true);
    await the.order("trial");
    await the.reported(({ phase }) => phase === "in-trial");
    await the.setClock(clock, isSynchronised);
    await the.order("commit");
    const end = await the.reported(({ outcome }) => outcome !== null);
    expect(end).toMatchObject({ outcome: { code: "succeeded" }, current: the.fresh });
    expect(await the.host.bootDefault()).toBe(the.fresh);
  });
});
