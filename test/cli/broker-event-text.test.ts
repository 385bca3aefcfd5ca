import { expect, test } from "vitest";
import { describeBrokerEvent } from "../../src/cli/broker-event-text.ts";

test("what is not kept for lack of room is delivered to nobody, and the log says so", () => {
  const text = describeBrokerEvent({ kind: "retained-full", topic: "tele/plug" }, false);
  expect(text).toBe("no room to retain tele/plug; nobody got it");
});

test("a topic that a client made up cannot draw on the terminal", () => {
  const event = {
    kind: "subscribe-refused",
    client: "a",
    user: null,
    topic: "x\u001b[2J",
  } as const;
  expect(describeBrokerEvent(event, false)).toBe("refused a the subscription x?[2J");
});
