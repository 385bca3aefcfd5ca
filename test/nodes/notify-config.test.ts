import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { migrateNotify, NOTIFY_SHAPE } from "../../node-red-nodes/notify/migrations.ts";
import { notificationIn } from "../../node-red-nodes/notify/notification-in.ts";
import { parseNotifyConfig } from "../../node-red-nodes/notify/notify-config.ts";

const OLD = { id: "n", server: "https://ntfy.example", topic: "home", click: "", language: "en" };
const parse = (more: object = {}, secrets: Record<string, string> = {}) =>
  parseNotifyConfig({ ...OLD, ...more }, secrets);

describe("a notify node of before buttons", () => {
  it("belongs to the fleet where the flow has one only", () => {
    expect(migrateNotify(OLD, ["f"])).toMatchObject({
      fleet: "f",
      shape: NOTIFY_SHAPE,
      quietFrom: "",
    });
    expect(migrateNotify(OLD, ["f", "g"])).toMatchObject({ fleet: "" });
    expect(migrateNotify(OLD, [])).toMatchObject({ fleet: "" });
    expect(migrateNotify({ ...OLD, fleet: "g" }, ["f"])).toMatchObject({ fleet: "g" });
  });

  it("that was saved since says itself what it belongs to", () => {
    const now = { ...OLD, fleet: "", shape: NOTIFY_SHAPE };
    expect(migrateNotify(now, ["f"])).toBe(now);
  });

  it("has the shape that the dialog writes", () => {
    const html = readFileSync(
      new URL("../../node-red-nodes/notify/nixwave-notify.html", import.meta.url),
      "utf8",
    );
    expect(html).toContain(`const SHAPE = ${NOTIFY_SHAPE};`);
  });
});

describe("what a notify node's dialog holds", () => {
  it("needs a server and a topic; the rest follows from them", () => {
    const config = parse({}, { token: "tk_a" });
    expect(config).toMatchObject({
      home: { topic: "home", token: "tk_a" },
      control: { topic: "home-ctl", token: "tk_a" },
      ...{ buttonToken: "", click: null, quiet: null, away: null },
    });
    expect(config.phoneUrl.href).toBe("https://ntfy.example/");
  });

  it("may say all of it", () => {
    const away = { awayServer: "https://ntfy.sh", awayTopic: "x7Gq", awayAfter: "30m" };
    const more = { controlTopic: "ctl", phoneUrl: "http://nuc:8080", click: "http://nuc/nixwave/" };
    const quiet = { quietFrom: "22:00", quietTo: "7:00" };
    const config = parse(
      { ...away, ...more, ...quiet },
      { buttonToken: "tk_b", awayToken: "tk_c" },
    );
    expect(config).toMatchObject({
      control: { topic: "ctl" },
      ...{ buttonToken: "tk_b", click: "http://nuc/nixwave/", quiet: { from: 1320, to: 420 } },
      away: { afterMs: 1_800_000, to: { topic: "x7Gq", token: "tk_c" } },
    });
    expect(config.phoneUrl.href).toBe("http://nuc:8080/");
    expect(parse({ ...away, awayAfter: "" }).away?.afterMs).toBe(1_200_000);
  });

  it.each([
    [{ server: "ntfy.example" }, "is no web address"],
    [{ topic: "my home" }, "the topic takes 1 to 64"],
    [{ topic: "h".repeat(61) }, "the control topic takes"],
    [{ controlTopic: "a/b" }, "the control topic takes"],
    [{ phoneUrl: "nuc" }, "is no web address"],
    [{ server: "https://hub:geheim@ntfy.example" }, /^(?!.*geheim).*enter a token/],
    [{ quietFrom: "22" }, "is no time such as 22:00"],
    [{ awayServer: "https://ntfy.sh" }, "the topic elsewhere takes"],
    [{ awayServer: "https://ntfy.sh", awayTopic: "x", awayAfter: "0m" }, "such as 20m"],
    [{ awayServer: "https://ntfy.sh", awayTopic: "x", awayAfter: "1h" }, "such as 20m"],
  ])("refuses %j", (more, why) => expect(() => parse(more)).toThrow(why));

  it.each(["token", "buttonToken", "awayToken"])(
    "refuses a %s that no header carries, and does not say it",
    (name) => {
      const more = { awayServer: "https://ntfy.sh", awayTopic: "x" };
      expect(() => parse(more, { [name]: "tk_geheim\n2" })).toThrow(
        /^(?!.*geheim).*paste it again/,
      );
      expect(JSON.stringify(parse(more, { [name]: " tk_geheim\n" }))).toContain('"tk_geheim"');
    },
  );
});

describe("a message for a phone", () => {
  const notification = {
    sequenceId: "r",
    title: "t",
    body: "b",
    priority: 4,
    tags: ["x"],
    actions: [],
  };

  it("is a notification, or a text of one's own, or nothing for people", () => {
    expect(notificationIn({ notification })).toMatchObject({ title: "t", priority: 4 });
    expect(notificationIn({ payload: "door open", title: "Hall" })).toMatchObject({
      ...{ title: "Hall", body: "door open", priority: 3, sequenceId: "message" },
    });
    expect(notificationIn({ payload: { type: "GateAsked" } })).toBeNull();
  });

  it("keeps three buttons, each with its host", () => {
    const hold = { verb: "hold", label: "Hold", host: null };
    const retry = { verb: "retry", label: "Retry", host: "rp4" };
    const actions = [hold, retry, hold, hold];
    expect(notificationIn({ notification: { ...notification, actions } })?.actions).toEqual([
      ...[hold, retry, hold],
    ]);
  });

  it.each([
    [{ verb: "install", label: "x", host: null }],
    [{ verb: "test", label: "x", host: null }],
    [{ verb: "hold", label: "", host: null }],
    [{ verb: "hold", label: "x", host: "not a host" }],
  ])("refuses the button %j", (action) => {
    expect(() =>
      notificationIn({ notification: { ...notification, actions: [action] } }),
    ).toThrow();
  });
});
