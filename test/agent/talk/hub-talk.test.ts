import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodePayload, NixwaveError, parseSessionId } from "../../../src/contract/index.ts";
import { ordered, pathFor, releasedOn, utf8 } from "../../support/contract-builders.ts";
import { TalkRig } from "./talk-rig.ts";

const ORDER = ordered(releasedOn(0, "next"));
const HUB = encodePayload("hubStatus", {
  state: "online",
  session: parseSessionId("44444444-4444-4444-8444-444444444444"),
});

describe("an order", () => {
  it("goes into the inbox byte for byte, and wakes the activator", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.bus.bring("desired", ORDER);
    expect(rig.desired()).toEqual(Buffer.from(ORDER));
    expect(rig.drops).toBe(1);
  });

  it("goes there too when the contract refuses it, so that root's refusal is reported", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.bus.bring("desired", utf8("{ not an order"));
    expect(rig.desired()).toEqual(Buffer.from("{ not an order"));
    expect(rig.drops).toBe(1);
    expect(rig.said.join()).toContain("refused on");
  });

  it("that is too large is cut to one byte more than root reads", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.bus.bring("desired", Buffer.alloc(100_000, "x"));
    expect(rig.desired()).toHaveLength(16 * 1024 + 1);
  });
});

describe("a connection", () => {
  it("reports first, and asks for orders only when its session is written down", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    expect(rig.deeds).toEqual([
      "reported",
      "subscribed hubStatus",
      `subscribed desired with ${rig.bus.session}`,
    ]);
    expect(rig.report?.session).toBe(rig.bus.session);
  });

  it("takes an older session's order away before its own session is written", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.bus.bring("desired", ORDER);
    rig.bootMs = 2000;
    rig.activatorSays({ renewedAfterBootMs: 1500 });
    await rig.until(() => rig.buses.length === 2 && rig.deeds.at(-1)?.includes("desired") === true);
    expect(existsSync(join(rig.places.inbox, "desired"))).toBe(false);
    expect(rig.session().session).toBe(rig.bus.session);
  });

  it.each(["broker-unreachable", "tls-untrusted", "tls-failed", "broker-bad-credentials"] as const)(
    "is tried again until there is one: %s",
    async (code) => {
      await using rig = new TalkRig();
      rig.refusals.push(new NixwaveError(code, "not now"));
      await rig.talk.start();
      expect(rig.said.join()).toContain(`not connected: ${code}: not now; next try in`);
      expect(rig.bus.reports).toHaveLength(1);
    },
  );

  it("is not tried again when only the configuration can mend it", async () => {
    await using rig = new TalkRig();
    rig.refusals.push(new NixwaveError("tls-material-invalid", "that is no key"));
    await expect(rig.talk.start()).rejects.toThrow("that is no key");
  });

  it("that comes back is written down again under the same session", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    const before = rig.session();
    rig.bus.reconnect();
    expect(rig.session()).toEqual(before);
    expect(rig.buses).toHaveLength(1);
  });
});

describe("a new session on purpose", () => {
  it("is opened once when the report asks for one from after the switch", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    const first = rig.bus.session;
    rig.bootMs = 2000;
    rig.activatorSays({ renewedAfterBootMs: 1500 });
    await rig.until(() => rig.buses.length === 2 && rig.deeds.at(-1)?.includes("desired") === true);
    expect(rig.bus.session).not.toBe(first);
    expect(rig.session().openedBootMs).toBe(2000);
    expect(rig.deeds.slice(3, 5)).toEqual(["closed", "reported"]);
    rig.activatorSays({ renewedAfterBootMs: 1500, counter: 7 as never });
    await rig.until(() => rig.report?.counter === 7);
    expect(rig.buses).toHaveLength(2);
  });

  it("is not opened for a moment of another boot", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    const bootId = parseSessionId("55555555-5555-4555-8555-555555555555");
    rig.activatorSays({ renewedAfterBootMs: 999_999, bootId, counter: 7 as never });
    await rig.until(() => rig.report?.counter === 7);
    expect(rig.buses).toHaveLength(1);
  });
});

describe("the report", () => {
  it("has the activator's words and the agent's own eyes", async () => {
    await using rig = new TalkRig();
    rig.activatorSays({ phase: "in-trial" });
    await rig.talk.start();
    expect(rig.report).toMatchObject({ phase: "in-trial", current: pathFor("seen"), freeBytes: 5 });
  });

  it("is published again when the activator writes another one", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.activatorSays({ phase: "staging" });
    await rig.until(() => rig.report?.phase === "staging");
    rig.activatorSays({ phase: "staged" });
    await rig.until(() => rig.report?.phase === "staged");
    const order = rig.bus.reports.map(({ seq }) => seq);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });

  it("keeps the last good words when the file is damaged, and says so", async () => {
    await using rig = new TalkRig();
    rig.activatorSays({ phase: "staged" });
    await rig.talk.start();
    rig.writeReport(utf8('{"v":1,"half'));
    await rig.until(() => rig.said.some((line) => line.includes("the one before it counts")));
    rig.bus.bring("hubStatus", HUB);
    await rig.until(() => rig.bus.reports.length === 2);
    expect(rig.report?.phase).toBe("staged");
  });

  it("answers each new session of the hub once", async () => {
    await using rig = new TalkRig();
    await rig.talk.start();
    rig.bus.bring("hubStatus", HUB);
    await rig.until(() => rig.bus.reports.length === 2);
    rig.bus.bring("hubStatus", HUB);
    await new Promise(setImmediate); // a second answer would need no more than this turn
    rig.activatorSays({ phase: "staged" });
    await rig.until(() => rig.report?.phase === "staged");
    expect(rig.bus.reports).toHaveLength(3);
  });
});
