import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { whyNoButtons } from "../../node-red-nodes/notify/strangers.ts";
import type { NtfyDoubleOptions } from "../support/ntfy-double.ts";
import type { DoubledMessage } from "../support/ntfy-messages.ts";
import { CLOSED, NOBODY, NOTE, phoneOn, soon } from "./phone-rig.ts";

describe("a button on a phone", () => {
  it("does what it says once, and answers; a second tap says what it would have done", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const shown = phone.last;
    expect(shown?.actions?.[0]).toMatchObject({
      ...{ action: "http", url: `${phone.server.url}/home-ctl`, clear: true },
      headers: { authorization: "Bearer tk_button" },
      body: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    });
    expect(await phone.server.tap(shown, "Hold")).toBe(200);
    expect(await phone.answer("Hold: done")).toMatch(/^Everything is held/);
    expect(phone.home.hub?.view.state.holds).toMatchObject([{ source: "phone" }]);
    phone.home.hub?.ask({ verb: "resume", by: "ada", host: null });
    await phone.server.tap(shown, "Hold");
    expect(await phone.answer("Hold: already used")).toContain("It would have held everything.");
    expect(phone.home.hub?.view.state.holds).toEqual([]);
  });

  it("that was tapped while the hub was down acts when it is back", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const shown = phone.last;
    phone.close();
    await phone.server.tap(shown, "Hold");
    await phone.open({}, {}, await phone.home.restart());
    expect(await phone.answer("Hold: done")).toMatch(/^Everything is held/);
    expect(phone.server.sent("home").filter(({ title }) => title === "Hold: done")).toHaveLength(1);
  });

  it("is heard again after the server was away", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    await phone.server.stop();
    await phone.server.start();
    await phone.server.tap(phone.last, "Hold");
    await phone.answer("Hold: done");
  });

  it("of a notification that was rewritten is out of date", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const older = phone.last;
    await phone.withButtons({ ...NOTE, title: "nuc still asks" });
    await phone.server.tap(older, "Resume");
    expect(await phone.answer("Resume: out of date")).toContain(
      "It would have released what holds everything.",
    );
  });

  it("stands on what was said before the topics were looked at, too", async () => {
    await using phone = await phoneOn();
    const line = await phone.open();
    line.post(NOTE, NOBODY);
    await expect.poll(() => phone.last?.actions?.length, soon).toBe(2);
    expect(phone.server.sent("home")).toHaveLength(1);
  });

  it("that nobody gave out does nothing and says so", async () => {
    await using phone = await phoneOn();
    await phone.open();
    await phone.withButtons();
    const [first] = phone.last?.actions ?? [];
    if (!first) throw new Error("no button");
    const forged = { ...first, body: "A".repeat(32) };
    await phone.server.tap({ ...phone.last, actions: [forged] } as DoubledMessage, "Hold");
    await phone.answer("A button that is not known here");
    expect(phone.home.hub?.view.state.holds).toEqual([]);
  });
});

describe("buttons are left away, and the notification says how to mend it, where", () => {
  const rightsOf = (token: string) => ({
    ...CLOSED.tokens,
    [token]: { ...CLOSED.tokens?.[token] },
  });
  const rows: readonly (readonly [string, NtfyDoubleOptions, object, string])[] = [
    ["the server asks nobody", {}, {}, "strangers can read this topic"],
    [
      "everyone may write to the topic",
      { ...CLOSED, everyone: { home: ["write"] } },
      {},
      "strangers can write to this topic",
    ],
    [
      "everyone may read the control topic",
      { ...CLOSED, everyone: { "home-ctl": ["read"] } },
      {},
      "strangers can read the control topic",
    ],
    [
      "everyone may write to the control topic",
      { ...CLOSED, everyone: { "home-ctl": ["write"] } },
      {},
      "strangers can write to the control topic",
    ],
    ["there is no button token", CLOSED, { buttonToken: "" }, "has no button token"],
    [
      "the hub's own token stands for it",
      CLOSED,
      { buttonToken: "tk_hub" },
      "may not write to the control topic",
    ],
    [
      "the button token may do more",
      {
        ...CLOSED,
        tokens: { ...rightsOf("tk_hub"), tk_button: { "home-ctl": ["write"], home: ["read"] } },
      },
      {},
      "may do more than write",
    ],
    [
      "the hub cannot listen",
      { ...CLOSED, tokens: { ...rightsOf("tk_button"), tk_hub: { home: ["write"] } } },
      {},
      "may not read the control topic",
    ],
  ];
  it.each(rows)("%s", async (_name, options, secrets, why) => {
    await using phone = await phoneOn(options);
    const line = await phone.open({}, secrets);
    await expect.poll(() => phone.warned.join(), soon).toContain(why);
    line.post(NOTE, NOBODY);
    await expect.poll(() => phone.last?.message, soon).toContain(`No buttons here: `);
    expect(phone.last?.message).toContain(why);
    expect(phone.last?.actions).toBeUndefined();
    const own = phone.server.requests.filter(
      (one) => one === "POST /home-ctl" || one === "POST /home",
    );
    expect(phone.server.sent("home-ctl")).toEqual([]); // looking has told nobody anything
    expect(own.length).toBeLessThanOrEqual(4);
  });
});

describe("the test of the dialog", () => {
  it("waits for the tap", async () => {
    await using phone = await phoneOn();
    const line = await phone.open();
    await phone.withButtons();
    line.sendTest();
    await expect.poll(() => line.test.state, soon).toBe("waiting");
    await phone.server.tap(phone.last, "I see it");
    await expect.poll(() => line.test.state, soon).toBe("tapped");
    await phone.answer("I see it: done");
  });

  it("says why there is no button", async () => {
    await using phone = await phoneOn({});
    const line = await phone.open();
    await expect.poll(() => phone.warned.length, soon).toBe(1);
    line.sendTest();
    await expect
      .poll(() => line.test, soon)
      .toEqual({
        state: "sent",
        why: expect.stringContaining("strangers can read this topic"),
      });
  });

  it("says why it has not gone out while the server is not there, and the log has it once", async () => {
    await using phone = await phoneOn();
    const line = await phone.open();
    await phone.withButtons();
    await phone.server.stop();
    line.sendTest();
    await expect
      .poll(() => line.test, soon)
      .toMatchObject({ state: "sending", why: expect.stringMatching(/./) });
    const unsent = () => phone.warned.filter((one) => one.startsWith("not sent yet: "));
    await expect.poll(() => phone.retries, soon).toBeGreaterThan(2);
    expect(new Set(unsent()).size).toBe(unsent().length);
    expect(unsent()[0]).toMatch(/; it is tried again$/);
    await phone.server.start();
    await expect.poll(() => line.test, soon).toEqual({ state: "waiting", why: "" });
  });

  it("says what the server said", async () => {
    await using phone = await phoneOn();
    const line = await phone.open({}, { token: "tk_wrong" });
    line.sendTest();
    await expect.poll(() => line.test.state, soon).toBe("failed");
    expect(line.test.why).toContain("401");
  });
});

it("a proxy that sends everybody to its login says nothing of who may use the topic", async () => {
  const proxy = createServer(({ url }, response) => {
    if (url === "/login") response.end("who are you?");
    else response.writeHead(302, { location: "/login" }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const topic = { server: new URL(`http://127.0.0.1:${port}`), topic: "home", token: "" };
  const ground = { home: topic, control: topic, buttonToken: "tk_button" };
  expect(await whyNoButtons(ground, new AbortController().signal)).toBe("unreachable");
  proxy.closeAllConnections();
  proxy.close();
});
