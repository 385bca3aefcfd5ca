import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PhoneButton } from "../../src/people/index.ts";
import { PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const HOLD: PhoneButton = { verb: "hold", label: "Hold", host: null };
const HOUR_MS = 3_600_000;

describe("a tap on a phone", () => {
  it("does what a person may ask, once, and is told so", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [token] = hub.phone.mint("hold-wall", [HOLD]);
    expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(hub.phone.press(String(token), "m1")).toMatchObject({
      ...{ kind: "done", button: HOLD },
      said: expect.stringContaining("Everything is held"),
    });
    expect(hub.view.state.holds).toMatchObject([{ source: "phone", host: null }]);
    hub.ask({ verb: "resume", by: "ada", host: null });
    expect(hub.phone.press(String(token), "m2").kind).toBe("used");
    expect(hub.view.state.holds).toEqual([]);
  });

  it("survives a restart of the hub, and so does that it was used", async () => {
    await using home = new PlayedHome();
    const before = await home.open();
    const [first, second] = before.phone.mint("hold-wall", [HOLD, { ...HOLD, verb: "abort" }]);
    before.phone.press(String(first), "m1");
    const after = await home.restart();
    expect(after.phone.press(String(first), "m2").kind).toBe("used");
    expect(after.phone.press(String(first), "m1").kind).toBe("again");
    expect(after.phone.press(String(second), "m3").kind).toBe("refused"); // nothing is under way
  });

  it("that the hub refuses says why, and is spent", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [token] = hub.phone.mint("a", [{ verb: "rollback", label: "Roll back", host: rp4 }]);
    expect(hub.phone.press(String(token), "m1")).toMatchObject({
      ...{ kind: "refused", said: expect.stringMatching(/./) },
    });
    expect(hub.phone.press(String(token), "m2").kind).toBe("used");
  });

  it("is bound to the rollout that its notification tells of, however late that goes out", async () => {
    await using home = new PlayedHome();
    home.play(rp4, () => null);
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1000);
    const now = `rollout-${hub.view.state.rollout?.id}`;
    const [token] = hub.phone.mint(now, [HOLD]);
    expect(hub.phone.mint("rollout-of-before", [HOLD])).toEqual([]);
    hub.ask({ verb: "abort", by: "ada", host: null, scope: "all" });
    hub.offer(releaseOf("newer", home.clock.now));
    await home.clock.pass(1000);
    expect(`rollout-${hub.view.state.rollout?.id}`).not.toBe(now);
    expect(hub.phone.press(String(token), "m1").kind).toBe("stale");
  });

  it("of the test button arrives, and orders nothing", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [token] = hub.phone.mint("test-1", [{ verb: "test", label: "I see it", host: null }]);
    expect(hub.phone.press(String(token), "m1").kind).toBe("done");
    expect(hub.view.state.holds).toEqual([]);
  });

  it("a day later is too old", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [token] = hub.phone.mint("hold-wall", [HOLD]);
    await home.clock.pass(24 * HOUR_MS);
    expect(hub.phone.press(String(token), "m1").kind).toBe("expired");
    expect(hub.view.state.holds).toEqual([]);
  });

  it("leaves no token on the disk", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [token] = hub.phone.mint("hold-wall", [HOLD]);
    const files = readdirSync(home.folder).map((name) => readFileSync(join(home.folder, name)));
    expect(files.some((bytes) => bytes.includes("hold-wall"))).toBe(true);
    expect(files.some((bytes) => bytes.includes(String(token)))).toBe(false);
  });

  it("a note of a node is there after a restart, until it is forgotten", async () => {
    await using home = new PlayedHome();
    (await home.open()).notes.keep("since/home", "m7");
    const after = await home.restart();
    expect(after.notes.recall("since/home")).toBe("m7");
    after.notes.forget("since/home");
    expect(after.notes.recall("since/home")).toBeNull();
  });
});
