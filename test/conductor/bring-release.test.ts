import { describe, expect, it } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import { CHANNEL, HUB_KEY } from "../support/contract-builders.ts";
import { nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const TOPIC = { kind: "release", channel: CHANNEL } as const;

describe("a release from the web", () => {
  it("is put on the broker, where whoever listens hears it, and nothing begins by it", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const release = releaseOf("new", home.clock.now);
    const heard: unknown[] = [];
    hub.onRelease((one) => heard.push(one));
    expect(await hub.bring(release)).toBe("brought");
    expect(home.broker.held(TOPIC)).toEqual(release);
    expect([heard, home.orders]).toEqual([[release], []]);
    expect(await hub.bring(release)).toBe("already-there");
    expect(heard).toHaveLength(1);
  });

  it("takes the place of an older one, and never of a newer one that CI has published itself", async () => {
    await using home = new PlayedHome();
    const [older, newer] = [0, 1].map((later) => releaseOf(`v${later}`, home.clock.now + later));
    if (!(older && newer)) throw new Error("two releases");
    home.broker.tell(TOPIC, older);
    const hub = await home.open();
    expect(await hub.bring(newer)).toBe("brought");
    expect(await hub.bring(older)).toBe("older");
    expect(home.broker.held(TOPIC)).toEqual(newer);
  });

  it("of a host that has left the fleet since does not come back over a newer one", async () => {
    await using home = new PlayedHome();
    const older = releaseOf("old", home.clock.now, [nuc]);
    const newer = releaseOf("new", home.clock.now + 1, [rp4]);
    home.broker.tell(TOPIC, newer);
    const hub = await home.open();
    expect(await hub.bring(older)).toBe("older");
    expect(home.broker.held(TOPIC)).toEqual(newer);
  });

  it("that contradicts what is there under the same serial is left alone", async () => {
    await using home = new PlayedHome();
    const [one, other] = [releaseOf("one", home.clock.now), releaseOf("other", home.clock.now)];
    home.broker.tell(TOPIC, one);
    const hub = await home.open();
    expect(await hub.bring(other)).toBe("older");
    expect(home.broker.held(TOPIC)).toEqual(one);
  });

  it("that is not wholly signed by this home's keys does not go out under the hub's account", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const [good] = releaseOf("new", home.clock.now, [rp4]).statements;
    const [bad] = releaseOf("bad", home.clock.now, [nuc], HUB_KEY).statements;
    if (!(good && bad)) throw new Error("two statements");
    expect(await hub.bring({ v: 1, statements: [good, bad] })).toBe("refused");
    expect(home.broker.held(TOPIC)).toBeNull();
  });

  it("takes the place of what nobody here trusts", async () => {
    await using home = new PlayedHome();
    home.broker.tell(TOPIC, releaseOf("forged", home.clock.now + 1000, [rp4], HUB_KEY));
    const hub = await home.open();
    const release = releaseOf("new", home.clock.now);
    expect(await hub.bring(release)).toBe("brought");
    expect(home.broker.held(TOPIC)).toEqual(release);
  });

  it("is not published while nobody can say what is there", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    home.bus.snapshotFails = new NixwaveError("snapshot-incomplete", "no answer");
    await expect(hub.bring(releaseOf("new", home.clock.now))).rejects.toThrow("no answer");
    expect(home.broker.held(TOPIC)).toBeNull();
  });
});
