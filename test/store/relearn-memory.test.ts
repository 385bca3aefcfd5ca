import { appendFileSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { instant, type Order } from "../../src/contract/index.ts";
import {
  COMPLETIONS,
  HOST_STATES,
  parseState,
  ROLLOUT_PHASES,
  type RolloutEvent,
  type RolloutState,
} from "../../src/rollout/index.ts";
import { keepHubMemory, openStore, recallHubMemory, relearn } from "../../src/store/index.ts";
import { MINUTE_MS, NOON, nuc, rp4, sessionOf, wall } from "../rollout/scenes.ts";
import { HUB } from "../support/contract-builders.ts";
import { ForgetfulHome, trials } from "./forgetful-home.ts";

describe("whoever held or counted", () => {
  test("still holds: no trial begins until the same source lets go", () => {
    const home = new ForgetfulHome().here(rp4, nuc).offer(7);
    home.holds = [wall];
    home.forget();
    home.here(rp4, nuc).staged(rp4, nuc);
    expect(home.paused).toEqual(["Hold"]);
    expect(trials(home)).toEqual([]);
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    expect(trials(home)).toEqual(["rp4 trial"]);
  });

  test("counts on above the highest counter, also under a clock that was set back", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const highest = Math.max(...home.retained.orders.map(({ counter }) => counter));
    home.nowMs = NOON - 24 * 60 * MINUTE_MS;
    home.forget();
    expect(home.state.lastCounter).toBeGreaterThanOrEqual(highest);
    home.here(nuc);
    expect(home.orders_.get(nuc)?.counter).toBeGreaterThan(highest);
  });

  test("is the hub that its newest order names, and a new one where there is no order", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const [first, ...rest] = home.retained.orders;
    if (first === undefined) throw new Error("nothing was ordered");
    const older = { ...first, counter: 1, hub: sessionOf(5) } as Order;
    const { plan } = home.state;
    const { hub } = relearn(plan, { ...home.retained, orders: [older, ...rest, first] }, home.at);
    expect(hub).toEqual({
      instance: HUB,
      lastCounter: Math.max(first.counter, ...rest.map(({ counter }) => counter)),
    });
    expect(relearn(plan, { ...home.retained, orders: [] }, home.at).hub).toBeNull();
  });
});

test("whatever a status says that nobody signed, nothing is ordered to begin and the state is sound", () => {
  const word = fc.constantFrom(...HOST_STATES, "Levitating");
  const phase = fc.constantFrom(...ROLLOUT_PHASES, "Levitating");
  const completion = fc.constantFrom(null, ...COMPLETIONS);
  fc.assert(
    fc.property(phase, completion, word, word, fc.string(), (now, end, one, other, why) => {
      const home = new ForgetfulHome().ready();
      const { status } = home.retained;
      if (status === null) throw new Error("a rollout is under way");
      const hosts = [one, other].map((state, at) => ({ host: at ? nuc : rp4, state, why }));
      home.forget({ status: { ...status, phase: now, completion: end, hosts } });
      expect(home.orders).toEqual([]);
      expect(parseState(JSON.parse(JSON.stringify(home.state)))).toEqual(home.state);
    }),
  );
});

describe("the way back from a damaged journal", () => {
  const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const open = () =>
    openStore<RolloutState, RolloutEvent, string>(join(root, "hub"), {
      parseState,
      parseEvent: (json) => json as RolloutEvent,
      parsePast: String,
      at: instant(NOON),
    });

  test("ends with a journal that knows the home again, and says that it was damaged until then", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const before = open();
    before.snapshot(home.state);
    before.close();
    truncateSync(join(root, "hub", "hub-v1.sqlite"), 3000);
    appendFileSync(join(root, "hub", "hub-v1.sqlite"), "rubbish");
    const damaged = open();
    expect(damaged.recovered).toMatchObject({ code: "hub-state-damaged" });
    expect(damaged.load()).toEqual({ snapshot: null, tail: [] });
    const { state, hub } = relearn(home.state.plan, home.retained, home.at);
    if (hub === null) throw new Error("nothing was ordered");
    damaged.atomically(() => {
      damaged.snapshot(state);
      keepHubMemory(damaged, hub);
    });
    damaged.close();
    const again = open();
    expect(again.recovered).toBeNull();
    expect(again.load()).toEqual({ snapshot: state, tail: [] });
    expect(recallHubMemory(again)).toEqual(hub);
    again.close();
  });
});
