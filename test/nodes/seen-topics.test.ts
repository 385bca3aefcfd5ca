import { describe, expect, it } from "vitest";
import { SeenTopics } from "../../node-red-nodes/fleet/seen-topics.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("topics that were seen", () => {
  it("are told by name, each with the beginning of what it said last", () => {
    const seen = new SeenTopics();
    seen.note("tele/b", bytes("1"));
    seen.note("tele/a", bytes("old"));
    seen.note("tele/a", bytes("x".repeat(100)));
    expect(seen.list()).toEqual([
      { topic: "tele/a", preview: `${"x".repeat(60)}…` },
      { topic: "tele/b", preview: "1" },
    ]);
  });

  it("show no bytes that are no text", () => {
    const seen = new SeenTopics();
    seen.note("camera", new Uint8Array([0xff, 0xd8, 0, 7]));
    expect(seen.list()[0]?.preview).toBe("(4 bytes)");
  });

  it("are at most 2000: what was quiet longest makes room", () => {
    const seen = new SeenTopics();
    for (let at = 0; at < 2001; at += 1) seen.note(`t/${at}`, bytes("1"));
    seen.note("t/1", bytes("2"));
    seen.note("t/new", bytes("1"));
    const topics = seen.list().map(({ topic }) => topic);
    expect(topics).toHaveLength(2000);
    expect(topics).toContain("t/1");
    expect(topics).not.toContain("t/0");
    expect(topics).not.toContain("t/2");
  });
});
