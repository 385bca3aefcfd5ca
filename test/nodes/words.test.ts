import { describe, expect, it } from "vitest";
import { answerIn, parseAskPolicy } from "../../node-red-nodes/approval/ask-policy.ts";
import { planOfDialog } from "../../node-red-nodes/gate/plan-of-dialog.ts";
import { retryAfter } from "../../node-red-nodes/release/poll-release.ts";
import { pause } from "../../node-red-nodes/release/poller.ts";
import { verdictOf } from "../../node-red-nodes/result/verdict-of.ts";
import { countdown, STATUS_WORDS, say } from "../../node-red-nodes/shared-by-nodes/status-words.ts";
import { stepKeyIn } from "../../node-red-nodes/shared-by-nodes/step-message.ts";

describe("what a node says below itself", () => {
  it.each(STATUS_WORDS)(
    "%s has under 20 characters in both languages, whatever is put in",
    (word) => {
      const values = { host: "a-host-with-a-very-long-name", count: "1000", left: "24:00:00" };
      for (const language of ["en", "de"] as const) {
        expect([...say(language, word, values)].length).toBeLessThan(20);
        expect(say(language, word, values)).not.toMatch(/[{}]/);
      }
    },
  );

  it("counts down like a clock", () => {
    expect([130_000, 1, 0, 3_661_000].map(countdown)).toEqual([
      "02:10",
      "00:01",
      "00:00",
      "1:01:01",
    ]);
  });
});

describe("a verdict", () => {
  it("is the dialog's, or the message's where the dialog leaves it open", () => {
    expect(verdictOf("keep", { verdict: "undo" }).verdict).toBe("keep");
    expect(verdictOf("message", { verdict: "undo", why: "cold" })).toEqual({
      verdict: "undo",
      why: "cold",
    });
  });

  it.each([[undefined], ["KEEP"], [true], [null]])("%j is neither keep nor undo", (verdict) => {
    expect(() => verdictOf("message", { verdict })).toThrow('neither "keep" nor "undo"');
  });
});

describe("an answer", () => {
  it.each([
    ["approve", true],
    ["Yes", true],
    [true, true],
    ["refuse", false],
    [false, false],
  ])("%j is %j", (payload, answer) => {
    expect(answerIn(payload)).toBe(answer);
  });
  it.each([[""], ["perhaps"], [1], [null], [{ approve: true }]])("%j is none", (payload) => {
    expect(answerIn(payload)).toBeNull();
  });
  it("that nobody gives can count as refused, never as approved", () => {
    expect(parseAskPolicy({ id: "ask", onExpiry: "approved", waitsFor: "1h" }).onExpiry).toBe(
      "expired",
    );
  });
});

describe("a step message", () => {
  const step = { rollout: "main-1700000000000", host: "rp4", attempt: 1 };
  it("names rollout, host and attempt", () => {
    expect(stepKeyIn({ nixwave: { ...step, resumed: true } })).toEqual(step);
  });
  it.each([
    [undefined],
    [{}],
    [{ ...step, attempt: 0 }],
    [{ ...step, attempt: "1" }],
    [{ ...step, host: "RP 4" }],
  ])("%j is none", (nixwave) => {
    expect(() => stepKeyIn({ nixwave })).toThrow();
  });
});

describe("a gate's dialog", () => {
  const read = (value: string, type: string): unknown => (type === "env" ? "18.5" : value);
  const row = {
    topic: "tele/a/SENSOR, tele/b/SENSOR",
    is: "at-least",
    limit: "18",
    interval: "1m",
  };
  it("needs a topic, a demand and a limit; several topics make one row", () => {
    const plan = planOfDialog({ soak: "5m", rows: [row] }, read);
    expect(plan.rows[0]).toMatchObject({
      format: "tasmota",
      limit: 18,
      sources: ["tele/a/SENSOR", "tele/b/SENSOR"],
    });
  });
  it("takes a limit from the environment", () => {
    const plan = planOfDialog(
      { soak: "5m", rows: [{ ...row, limit: "LIMIT", limitType: "env" }] },
      read,
    );
    expect(plan.rows[0]?.limit).toBe(18.5);
  });
  it("asks Prometheus a query with commas in it as one", () => {
    const query = 'up{job="node",host="rp4"}';
    const rows = [{ topic: query, format: "prometheus", is: "at-least", limit: "1" }];
    expect(planOfDialog({ soak: "5m", rows }, read).rows[0]?.sources).toEqual([query]);
  });
  it("is refused with the arithmetic when it could never pass", () => {
    const rows = [{ ...row, interval: "5m" }];
    expect(() => planOfDialog({ soak: "1m", rows }, read)).toThrow("at most 0");
  });
});

describe("a look at the web", () => {
  it("pauses longer with each failure, up to an hour, and never less than it should", () => {
    expect([0, 1, 2, 10].map((failures) => pause(300_000, failures))).toEqual([
      300_000, 600_000, 1_200_000, 3_600_000,
    ]);
    expect(pause(7_200_000, 3)).toBe(7_200_000);
  });
  it("reads how long a busy server wants to rest", () => {
    expect(retryAfter(new Headers({ "retry-after": "120" }))).toBe(120_000);
    expect(retryAfter(new Headers({ "retry-after": "soon" }))).toBeNull();
    expect(retryAfter(new Headers())).toBeNull();
  });
});
