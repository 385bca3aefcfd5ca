import { describe, expect, it } from "vitest";
import { stepsOf } from "../../src/rollout/index.ts";
import { HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import type { Home } from "./home.ts";
import { changedIn, newHome, pushTo, rp4 } from "./scene.ts";

/** A Pi that booted without network: 1970, and nobody has set its clock. */
const SINCE_1970_MS = -Date.UTC(2026, 0, 1);
/** An order that nobody has taken is issued anew after ten minutes. */
const RESEND_MS = 10 * MINUTE_MS;
const UNSET = { code: "clock-unset-on-host", host: rp4 };
const whyOf = ({ hub }: Home) => stepsOf(hub.state).find(({ host }) => host === rp4)?.why;

describe("an order that a host holds because its clock is not set", () => {
  it("comes again once the clock is right, and the host goes on without anybody's help", () => {
    const home = newHome();
    home.setClock(rp4, SINCE_1970_MS, false);
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    const { report, journal } = home.host(rp4).disk;
    expect([report?.refusal?.code, journal.open]).toEqual(["clock-unsynchronised", null]);
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
    expect([changedIn(home), whyOf(home)]).toEqual([["rp4 Staging"], UNSET]);
    home.setClock(rp4, 0, true);
    home.run(RESEND_MS + MINUTE_MS);
    expect(home.host(rp4).disk.report?.refusal).toBeNull();
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });

  it("for days is the true reason why the host is left behind, once, until its clock is right", () => {
    const home = newHome();
    home.setClock(rp4, SINCE_1970_MS, false);
    pushTo(home, [rp4]);
    home.run(3 * HOUR_MS);
    const first = home.hub.state.rollout?.id;
    expect([changedIn(home), whyOf(home)]).toEqual([["rp4 Deferred"], UNSET]);
    home.run(48 * HOUR_MS);
    expect(home.hub.state.rollout).toMatchObject({ id: first, run: 1, phase: "Completed" });
    expect(whyOf(home)).toEqual(UNSET);
    home.setClock(rp4, 0, true);
    home.run(HOUR_MS);
    expect(home.hub.state.rollout?.kind).toBe("catch-up");
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
    expect(home.host(rp4).current).not.toBe(pathFor("rp4 first"));
  });
});
