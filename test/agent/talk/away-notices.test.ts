import { expect, it } from "vitest";
import type { AwayPlan } from "../../../agent/probe/away-config.ts";
import { AwayNotices } from "../../../agent/talk/away-notices.ts";
import { type ProbeReport, parseHostName } from "../../../src/contract/index.ts";
import { NOON } from "../../support/contract-builders.ts";

const NUC = parseHostName("nuc");
const RP3 = parseHostName("rp3");
const PLAN: AwayPlan = {
  ...{ server: "https://ntfy.example/", topic: "chance", tokenFile: null },
  ...{ afterMs: 100, language: "en" },
};
const never = new AbortController().signal;

type State = ProbeReport["state"];

/** A witness of two hosts, whose words always arrive. */
function witness() {
  const posted: { readonly sequence_id: string; readonly title: string }[] = [];
  let nowMs = 0;
  const notices = new AwayNotices(
    new Map([
      [NUC, PLAN],
      [RP3, PLAN],
    ]),
    {
      ...{ salt: "5f3a", timeZone: "UTC", nowMs: () => nowMs, say: () => undefined },
      post: (_plan, message) => {
        posted.push(message as (typeof posted)[number]);
        return Promise.resolve({ answer: { kind: "sent" }, why: "" });
      },
    },
  );
  const look = async (host: typeof NUC, atMs: number, ...states: readonly State[]) => {
    nowMs = atMs;
    const probes = states.map((state) => ({ name: "web", state, message: "" }));
    notices.look({ host, probes, at: NOON }, never);
    await new Promise(setImmediate);
  };
  return { posted, look };
}

it("a machine is there as long as one of its probes passes, and what saw nothing is no evidence", async () => {
  const { posted, look } = witness();
  await look(NUC, 0, "passed", "failed");
  await look(NUC, 10, "failed", "passed");
  await look(NUC, 1000, "unknown", "passed");
  await look(NUC, 2000, "unknown", "unknown");
  await look(NUC, 3000, "failed", "unknown");
  expect(posted).toEqual([]);
  await look(NUC, 3101, "failed", "failed");
  expect(posted).toMatchObject([{ title: "The hub has not come back" }]);
});

it("each machine and each outage is a notification of its own, which its end takes the place of", async () => {
  const { posted, look } = witness();
  for (const beginsAt of [0, 1000]) {
    for (const host of [NUC, RP3]) {
      await look(host, beginsAt, "passed");
      await look(host, beginsAt + 1, "failed");
      await look(host, beginsAt + 102, "failed");
      await look(host, beginsAt + 103, "passed");
    }
  }
  const ids = posted.map(({ sequence_id }) => sequence_id);
  expect(ids).toEqual(
    ["0-1", "0-1", "1-1", "1-1", "0-2", "0-2", "1-2", "1-2"].map((id) => `5f3a-${id}`),
  );
});

it("a machine for which nobody elsewhere is named is looked at in silence", async () => {
  const { posted, look } = witness();
  const other = parseHostName("x1");
  await look(other, 0, "passed");
  await look(other, 1, "failed");
  await look(other, 900, "failed");
  expect(posted).toEqual([]);
});
