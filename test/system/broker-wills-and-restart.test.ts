import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BrokerHome, base, inTempFolder, openHome } from "./broker-home.ts";

let home: BrokerHome;
beforeEach(async () => {
  home = await openHome({ anonymous: { topics: ["tele/#", "cmnd/#"] } });
});
afterEach(() => home.close());

describe("wills", () => {
  const will = (topic: string, text: string) =>
    ({ will: { topic, payload: Buffer.from(text), qos: 1, retain: true } }) as const;

  test("a will on another's topic is never published, and its client is not told", async () => {
    const observer = await home.listen("anna", `${base}/#`);
    const liar = await home.connect("rp3", will(`${base}/hosts/rp4/availability`, "forged"));
    liar.stream.destroy();
    await home.untilEvent((event) => event.kind === "disconnected" && event.client === "rp3");
    const rp4 = await home.connect("rp4");
    await rp4.publishAsync(`${base}/hosts/rp4/availability`, "online", { qos: 1, retain: true });
    await observer.until(`${base}/hosts/rp4/availability`, "online");
    expect(observer.heard.map(({ text }) => text)).toEqual(["online"]);
  });

  test("after a takeover the retained state is the newcomer's", async () => {
    const topic = `${base}/hosts/rp3/availability`;
    const observer = await home.listen("anna", topic);
    const first = await home.connect("rp3", will(topic, "offline 1"));
    await first.publishAsync(topic, "online 1", { qos: 1, retain: true });
    const second = await home.connect("rp3", will(topic, "offline 2"));
    await second.publishAsync(topic, "online 2", { qos: 1, retain: true });
    await observer.until(topic, "online 2");
    expect(observer.heard.map(({ text }) => text)).toEqual(["online 1", "offline 1", "online 2"]);
    const late = await home.listen("anna", topic);
    expect(await late.until(topic)).toMatchObject({ text: "online 2", retain: true });
  });

  test("the broker's own end publishes them, and they are there after its restart", async () => {
    await inTempFolder(async (folder) => {
      const topic = `${base}/hosts/rp3/availability`;
      const before = await openHome({ stateDir: `${folder}/state` });
      const rp3 = await before.connect("rp3", will(topic, "offline"));
      await rp3.publishAsync(topic, "online", { qos: 1, retain: true });
      await before.broker.close();
      await before.broker.close(); // a second call is harmless
      const after = await openHome({ stateDir: `${folder}/state` });
      const late = await after.listen("anna", topic);
      expect(await late.until(topic)).toMatchObject({ text: "offline", retain: true });
      await after.close();
    });
  });
});

describe("restart", () => {
  test("what was retained is retained, what was cleared is gone", async () => {
    await inTempFolder(async (folder) => {
      const before = await openHome({ stateDir: `${folder}/state` });
      const hub = await before.connect("hub");
      const retained = { qos: 1, retain: true } as const;
      await hub.publishAsync(`${base}/hosts/rp3/desired`, "3", retained);
      await hub.publishAsync(`${base}/hosts/rp4/desired`, "4", retained);
      await hub.publishAsync(`${base}/hosts/rp4/desired`, "", retained);
      await hub.publishAsync(`${base}/hub/status`, "s", { qos: 1 });
      await before.close();
      const after = await openHome({ stateDir: `${folder}/state` });
      const reader = await after.listen("anna", `${base}/#`);
      await reader.until(`${base}/hosts/rp3/desired`);
      const again = await after.connect("hub");
      await again.publishAsync(`${base}/hub/status`, "fence", { qos: 1 });
      await reader.until(`${base}/hub/status`, "fence");
      expect(reader.heard.map(({ text }) => text)).toEqual(["3", "fence"]);
      await after.close();
    });
  });
});
