import { expect, describe as group, it } from "vitest";
import { encodePayload, parseHostName, parseSessionId } from "../../src/contract/index.ts";
import { describe, newRolloutState, statusOf } from "../../src/rollout/index.ts";
import { at, ended, home, inTrial, nuc, offered, play, rp4, staged } from "./scenes.ts";

const hub = parseSessionId("00000000-0000-4000-8000-000000000000");

group("a rollout in words", () => {
  it.each([
    ["waiting for release", []],
    ["staging 0/2", [offered(7)]],
    ["staging 1/2", [offered(7), staged(rp4, 7)]],
    ["trying rp4", [offered(7), staged(rp4, 7), staged(nuc, 7)]],
    ["keeping rp4", [offered(7), staged(rp4, 7), staged(nuc, 7), inTrial(rp4, 7)]],
    ["stopped at nuc", [offered(7), ended(nuc, 7, "failed")]],
    [
      "done 2/2",
      [offered(7), ended(rp4, 7, "already-installed"), ended(nuc, 7, "already-installed")],
    ],
  ] as const)("says %j", (text, events) => {
    expect(describe(play(home(), ...events).state)).toBe(text);
  });

  it("fits below a node even with the longest host name", () => {
    const host = parseHostName("a".repeat(63));
    const state = newRolloutState([host]);
    const failed = play(state, offered(7, [host]), ended(host, 7, "failed")).state;
    expect(describe(failed)).toHaveLength(20);
  });

  it("is a payload that everybody on the wire accepts", () => {
    const state = play(home(), offered(7), ended(nuc, 7, "failed", "pull-failed")).state;
    const status = statusOf(state, hub, at(5));
    expect(status && encodePayload("rolloutStatus", status).byteLength).toBeGreaterThan(100);
    expect(statusOf(home(), hub, at(5))).toBeNull();
  });
});
