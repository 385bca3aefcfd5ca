import { describe, expect, it } from "vitest";
import { postToNtfy, takeBackFromNtfy } from "../../node-red-nodes/notify/ntfy-post.ts";
import { PostBox } from "../../node-red-nodes/notify/post-box.ts";
import { NtfyDouble } from "../support/ntfy-double.ts";

const soon = { timeout: 8_000, interval: 10 };
const open = (patienceMs?: number) =>
  new PostBox({
    ...{ restMs: 10, onRetry: () => undefined },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
const send = (
  box: PostBox,
  double: NtfyDouble,
  title: string,
  { about = "rollout", priority = 3 as 1 | 3 | 4 | 5, token = "" } = {},
): Promise<string> =>
  new Promise((resolve) => {
    const message = { title, message: title, priority, tags: [], actions: [], sequence_id: about };
    const to = { server: new URL(double.url), topic: "home", token };
    box.post({
      ...{ about, priority },
      send: (signal) => postToNtfy(to, { ...message, topic: "home" }, signal),
      onSent: () => resolve("sent"),
      onLost: (why, status) => resolve(`${status ?? "lost"} ${why}`),
    });
  });
const titles = (double: NtfyDouble) => double.sent("home").map(({ title }) => title);

describe("the post box for ntfy (against a double)", () => {
  it("tries again when the server asks for rest, under the same sequence id", async () => {
    await using double = await new NtfyDouble().start();
    double.refuse(429, 2, "0");
    expect(await send(open(), double, "one")).toBe("sent");
    expect(double.requests).toEqual(["POST /", "POST /", "POST /"]);
    expect(double.sent("home")).toMatchObject([{ title: "one", sequence_id: "rollout" }]);
  });

  it("gets through a server's own limit by and by", async () => {
    await using double = await new NtfyDouble({ burst: 2 }).start();
    const box = open();
    const all = ["a", "b", "c"].map((about) => send(box, double, about, { about }));
    await expect.poll(() => titles(double), soon).toEqual(["a", "b"]);
    await expect.poll(() => double.requests.length, soon).toBeGreaterThan(3);
    box.close();
    expect(await Promise.all(all)).toEqual(["sent", "sent", expect.stringMatching(/^lost /)]);
  });

  it("gives up what is no news any more, and says what the server said", async () => {
    await using double = await new NtfyDouble().start();
    double.refuse(502, 1000);
    expect(await send(open(50), double, "one")).toMatch(/^lost it answered 502/);
  });

  it("never gives up what needs somebody now", async () => {
    await using double = await new NtfyDouble().start();
    double.refuse(502, 8);
    expect(await send(open(5), double, "one", { priority: 5 })).toBe("sent");
    expect(double.requests).toHaveLength(9);
  });

  it("sends what waited once the server is back", async () => {
    await using double = await new NtfyDouble().start();
    await double.stop();
    const sent = send(open(), double, "one");
    await double.start();
    expect(await sent).toBe("sent");
  });

  it("does not try again with a token that was refused", async () => {
    await using double = await new NtfyDouble({ everyone: {} }).start();
    expect(await send(open(), double, "one", { token: "tk_x" })).toMatch(/^401 it answered 401/);
    expect(await send(open(), double, "one")).toMatch(/^403 it answered 403/);
    expect(double.requests).toHaveLength(2);
  });

  it("lets the newest of a rollout take the place of one that waits", async () => {
    await using double = await new NtfyDouble().start();
    const box = open();
    const all = [
      send(box, double, "one"),
      send(box, double, "two"),
      send(box, double, "three"),
      send(box, double, "other", { about: "drift" }),
    ];
    expect(await Promise.all(all)).toEqual([
      "sent",
      "lost a newer one took its place",
      "sent",
      "sent",
    ]);
    expect(titles(double)).toEqual(["one", "three", "other"]);
  });

  it("does not let progress take the place of what needs somebody", async () => {
    await using double = await new NtfyDouble().start();
    const box = open();
    const all = [
      send(box, double, "begins", { priority: 1 }),
      send(box, double, "failed", { priority: 4 }),
      send(box, double, "next", { priority: 1 }),
      send(box, double, "and next", { priority: 1 }),
    ];
    await Promise.all(all);
    expect(titles(double)).toEqual(["begins", "failed", "and next"]);
  });

  it("drops of too many what matters least", async () => {
    await using double = await new NtfyDouble().start();
    const box = open();
    const all = Array.from({ length: 23 }, (_, n) =>
      send(box, double, `${n}`, { about: `${n}`, priority: n === 1 ? 4 : 3 }),
    );
    const said = await Promise.all(all);
    expect(said.filter((one) => one === "lost too many wait")).toHaveLength(2);
    expect(titles(double)).toContain("1");
    expect(titles(double)).not.toContain("2");
  });

  it("keeps nobody waiting when it is closed", async () => {
    await using double = await new NtfyDouble().start();
    double.refuse(502, 1000);
    const box = open();
    const [one, two] = [send(box, double, "one"), send(box, double, "two", { about: "drift" })];
    box.close();
    expect(await two).toBe("lost the node was closed");
    expect(await one).toMatch(/^lost /);
  });
});

describe("the double of ntfy keeps what is documented of the real one", () => {
  const at = (double: NtfyDouble) => ({ server: new URL(double.url), topic: "t", token: "" });
  const post = (double: NtfyDouble, body: object, dueAtS: number | null = null) =>
    postToNtfy(
      at(double),
      { topic: "t", title: "x", priority: 3, tags: [], actions: [], ...body } as never,
      new AbortController().signal,
      dueAtS,
    );
  const action = { action: "http", label: "x", url: "http://127.0.0.1/x" };

  it("refuses a fourth button, a message of more than 4096 bytes and a delay under 10 s", async () => {
    await using double = await new NtfyDouble().start();
    const actions = (count: number) => ({ message: "m", actions: Array(count).fill(action) });
    expect(await post(double, actions(3))).toMatchObject({ kind: "sent" });
    expect(await post(double, actions(4))).toMatchObject({ kind: "refused", status: 400 });
    expect(await post(double, { message: "ü".repeat(2048) })).toMatchObject({ kind: "sent" });
    expect(await post(double, { message: "ü".repeat(2049) })).toMatchObject({ status: 400 });
    const now = Math.floor(Date.now() / 1000);
    expect(await post(double, { message: "m" }, now + 5)).toMatchObject({ status: 400 });
    expect(await post(double, { message: "m" }, now + 4 * 24 * 3600)).toMatchObject({
      status: 400,
    });
    expect(await post(double, { message: "m" }, now + 60)).toMatchObject({ kind: "sent" });
  });

  it("replaces and takes back under a sequence id, scheduled ones too, from 2.16 on", async () => {
    await using double = await new NtfyDouble().start();
    const now = Math.floor(Date.now() / 1000);
    await post(double, { message: "a", sequence_id: "s" }, now + 60);
    await post(double, { message: "b", sequence_id: "s" }, now + 90);
    expect(double.scheduled("t")).toMatchObject([{ message: "b" }]);
    await takeBackFromNtfy(at(double), "s", new AbortController().signal);
    expect(double.scheduled("t")).toEqual([]);
    await using old = await new NtfyDouble({ version: "2.15" }).start();
    expect(await post(old, { message: "a", sequence_id: "s" })).not.toHaveProperty(
      "reply.sequence_id",
    );
    const taken = await takeBackFromNtfy(at(old), "s", new AbortController().signal);
    expect(taken).toMatchObject({ kind: "refused", status: 404 });
  });
});
