import { describe, expect, it } from "vitest";
import {
  awayNotice,
  hushed,
  type NoButtons,
  type Notification,
  noButtonsText,
  parseQuietHours,
  parseTimeZone,
  pressNotice,
  quietUntil,
  rolloutNoticeId,
  testButton,
  testNotice,
  viewOnly,
} from "../../src/people/index.ts";
import { at, HOUR_MS } from "../support/contract-builders.ts";
import { ENGLISH, GERMAN, HOMES, host, ROLLOUT_ID } from "./scenes.ts";

const NOTE: Notification = {
  ...{ sequenceId: "rollout-r1", title: "rp4: failed", body: "Disk full.", priority: 4, tags: [] },
  actions: [{ verb: "retry", label: "Retry", host: host("rp4") }],
};
const button = { verb: "approve", label: "Approve", host: host("nuc") } as const;

describe("a notification without buttons", () => {
  it("says so in its last line, and how to mend it", () => {
    const shown = viewOnly(NOTE, "topic-readable", ENGLISH);
    expect(shown.actions).toEqual([]);
    expect(shown.body).toBe(
      "Disk full.\nNo buttons here: strangers can read this topic. Deny it to everyone on your ntfy server (ntfy access everyone TOPIC deny).",
    );
  });

  it("says nothing where it would have had none", () => {
    expect(viewOnly({ ...NOTE, actions: [] }, "topic-readable", ENGLISH).body).toBe("Disk full.");
  });

  it("stays within ntfy's 4096 bytes", () => {
    const long = viewOnly({ ...NOTE, body: "ü".repeat(2048) }, "no-button-token", GERMAN);
    expect(Buffer.byteLength(long.body)).toBeLessThanOrEqual(4096);
    expect(long.body).toContain("Keine Knöpfe hier");
  });

  it("has a sentence with the next step for each reason, in both languages", () => {
    const reasons: readonly NoButtons[] = [
      ...(["no-fleet", "checking", "unreachable", "topic-readable", "topic-writable"] as const),
      ...(["control-readable", "control-writable", "cannot-listen", "no-button-token"] as const),
      ...(["button-token-powerless", "button-token-too-strong", "no-journal"] as const),
    ];
    for (const { language } of HOMES) {
      const texts = reasons.map((why) => noButtonsText(why, language));
      expect(new Set(texts).size).toBe(reasons.length);
      for (const text of texts) expect(text).toMatch(/\. [A-ZÄÖÜ][^.]+\.|ntfy access/);
    }
  });
});

describe("the answer to a tap", () => {
  const answered = (pressed: Parameters<typeof pressNotice>[0], home = ENGLISH) =>
    pressNotice(pressed, at(HOUR_MS), home);

  it("says what the hub said", () => {
    expect(answered({ kind: "done", name: "x", button, said: "nuc goes on." })).toMatchObject({
      ...{ sequenceId: "button-x", title: "Approve: done", body: "nuc goes on.", priority: 2 },
    });
    expect(answered({ kind: "done", name: "x", button, said: "" })?.body).toBe(
      "Buttons on this phone work.",
    );
  });

  it("that does nothing says what the button would have done", () => {
    expect(answered({ kind: "refused", name: "x", button, said: "Nothing asks." })?.body).toBe(
      "Nothing asks.\nIt would have approved nuc.",
    );
    expect(answered({ kind: "used", name: "x", button, at: at(0) })).toMatchObject({
      title: "Approve: already used",
      body: "This button did its work at 14:00; it works once.\nIt would have approved nuc.\nLook at the newest notification, or at the fleet page.",
    });
    expect(answered({ kind: "expired", name: "x", button, at: at(0) })?.body).toContain(
      "worked until 14:00.\nIt would have approved nuc.",
    );
    expect(answered({ kind: "stale", name: "x", button, at: at(0) }, GERMAN)?.body).toContain(
      "von 14:00; seither ist Neueres geschehen.\nEr hätte nuc erlaubt.",
    );
  });

  it("names everything where a button means no host", () => {
    for (const verb of ["hold", "resume", "retry", "skip", "rollback"] as const) {
      const would = answered({
        kind: "used",
        name: "x",
        button: { ...button, verb, host: null },
        at: at(0),
      });
      expect(would?.body).toContain("everything");
    }
    for (const verb of ["abort", "deploy", "unfence", "test"] as const) {
      const would = answered({ kind: "stale", name: "x", button: { ...button, verb }, at: at(0) });
      expect(would?.body).toContain("It would have");
    }
  });

  it("to a tap heard twice is silence, and to an unknown button a hint", () => {
    expect(answered({ kind: "again" })).toBeNull();
    expect(answered({ kind: "unknown" })).toMatchObject({
      title: "A button that is not known here",
      body: expect.stringContaining("Nothing was done."),
    });
  });
});

describe("quiet hours", () => {
  const berlin = parseTimeZone("Europe/Berlin");
  const night = parseQuietHours("22:00", "7:00");
  const quietAt = (clock: string) => quietUntil(Date.parse(clock) as never, night as never, berlin);

  it("hold over midnight on the wall of the home", () => {
    expect(quietAt("2026-07-14T19:59:59Z")).toBeNull(); // 21:59:59 in Berlin
    expect(quietAt("2026-07-14T20:00:00Z")).toBe(Date.parse("2026-07-15T05:00:00Z"));
    expect(quietAt("2026-07-15T04:59:30Z")).toBe(Date.parse("2026-07-15T05:00:00Z"));
    expect(quietAt("2026-07-15T05:00:00Z")).toBeNull();
    expect(quietAt("2026-01-15T05:30:00Z")).toBe(Date.parse("2026-01-15T06:00:00Z"));
  });

  it("within a day, and never where nothing is entered", () => {
    const noon = parseQuietHours("12:00", "13:30");
    expect(quietUntil(Date.parse("2026-07-14T10:30:00Z") as never, noon as never, berlin)).toBe(
      Date.parse("2026-07-14T11:30:00Z"),
    );
    expect(parseQuietHours("", " ")).toBeNull();
    expect(parseQuietHours("22:00", "22:00")).toBeNull();
  });

  it.each([
    ["22", "7:00"],
    ["24:00", "7:00"],
    ["22:00", ""],
    ["22:60", "7:00"],
  ])("refuse what is no time: %s to %s", (from, to) =>
    expect(() => parseQuietHours(from, to)).toThrow("is no time such as 22:00"),
  );

  it("make everything silent but what needs somebody now", () => {
    const sounds = ([1, 2, 3, 4, 5] as const).map((priority) => hushed({ ...NOTE, priority }));
    expect(sounds.map(({ priority }) => priority)).toEqual([1, 2, 2, 2, 5]);
  });

  it("know no time past the end of the calendar", () => {
    expect(quietUntil(9e15 as never, night as never, berlin)).toBeNull();
  });
});

describe("other notifications of a phone's node", () => {
  it("the test's button does nothing else", () => {
    expect(testButton(GERMAN)).toEqual({ verb: "test", label: "Ich sehe es", host: null });
  });

  it("of one rollout have one id, which is told from the rollout alone", () => {
    expect(rolloutNoticeId(ROLLOUT_ID)).toBe(`rollout-${ROLLOUT_ID}`);
  });

  it("the test asks for a tap only where there is a button", () => {
    expect(testNotice("test-1", true, ENGLISH).body).toContain("Tap the button");
    expect(testNotice("test-1", false, GERMAN).body).toBe("Die Benachrichtigung kommt an.");
  });

  it("a hub that is gone rings, says what to do, and names no host", () => {
    const gone = awayNotice("n1", "gone", at(0), ENGLISH);
    expect(gone).toMatchObject({
      title: "The hub has not come back",
      priority: 5,
      sequenceId: "n1",
    });
    expect(gone.body).toContain("at 14:00");
    expect(awayNotice("n2", "back", at(0), ENGLISH)).toMatchObject({
      title: "The hub is back",
      priority: 3,
    });
  });
});
