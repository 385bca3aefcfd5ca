import { parseHoldSource, parseStorePath } from "../../src/contract/index.ts";
import type { Reason, ReasonCode } from "../../src/rollout/index.ts";
import { rp4 } from "./scenes.ts";

const runs = parseStorePath(`/nix/store/${"0".repeat(32)}-nixos-system-rp4`);

/** One of each. */
const SAMPLES: { readonly [Code in ReasonCode]: Extract<Reason, { code: Code }> } = {
  "newer-came": { code: "newer-came" },
  "not-there": { code: "not-there" },
  "not-in-plan": { code: "not-in-plan" },
  locked: { code: "locked" },
  "slow-fetch": { code: "slow-fetch" },
  "awaited-is-away": { code: "awaited-is-away", host: rp4 },
  "left-out": { code: "left-out", by: "anna" },
  "kept-untried": { code: "kept-untried" },
  "not-heard": { code: "not-heard" },
  "waits-by-its-rules": { code: "waits-by-its-rules", error: "battery-low" },
  "clock-unset-on-host": { code: "clock-unset-on-host", host: rp4 },
  "waits-for-connections": { code: "waits-for-connections" },
  "runs-another": { code: "runs-another", state: "Succeeded", runs },
  "runs-unnamed": { code: "runs-unnamed", state: "AlreadyInstalled" },
  error: { code: "error", error: "disk-full" },
  "error-said": { code: "error-said", error: "disk-full", said: "none left: 0, of 7" },
  "stopped-by": { code: "stopped-by", by: "the phone, in the hall" },
  "stopped-at": { code: "stopped-at", host: rp4 },
  "stopped-at-last-gate": { code: "stopped-at-last-gate" },
  "rolled-back-by": { code: "rolled-back-by", by: "anna" },
  "catches-up": { code: "catches-up" },
  "host-ended": { code: "host-ended", host: rp4, state: "RolledBack" },
  "host-ended-because": {
    ...{ code: "host-ended-because", host: rp4, state: "Failed" },
    because: { code: "error-said", error: "disk-full", said: "none left" },
  },
  "second-hub": { code: "second-hub" },
  reconciling: { code: "reconciling" },
  "clock-unset": { code: "clock-unset" },
  "outside-window": { code: "outside-window" },
  "outside-group-window": {
    ...{ code: "outside-group-window", group: "the servers, and the rest" },
    opens: "2026-07-14 09:00",
  },
  "group-window-never": { code: "group-window-never", group: "the servers" },
  "newer-waits": { code: "newer-waits" },
  "host-failed": { code: "host-failed", host: rp4 },
  "host-needs-reboot": { code: "host-needs-reboot", host: rp4 },
  "host-not-heard": { code: "host-not-heard", host: rp4 },
  "unhealthy-before": { code: "unhealthy-before", host: rp4 },
  "no-verdict": { code: "no-verdict", host: rp4 },
  "cannot-measure": { code: "cannot-measure", host: rp4 },
  "unhealthy-at-last": { code: "unhealthy-at-last" },
  "no-verdict-at-last": { code: "no-verdict-at-last" },
  "cannot-measure-at-last": { code: "cannot-measure-at-last" },
  "held-by": { code: "held-by", source: parseHoldSource("wall-switch") },
  "held-until": {
    ...{ code: "held-until", source: parseHoldSource("wall-switch") },
    until: "2026-07-14 15:00 UTC",
  },
  "host-held": { code: "host-held", host: rp4 },
  unstarted: { code: "unstarted" },
  "group-unapproved": { code: "group-unapproved", group: "the servers, and the rest" },
  "host-unapproved": { code: "host-unapproved", host: rp4 },
  "changes-nothing": { code: "changes-nothing" },
  "only-statements": { code: "only-statements" },
  said: { code: "said", said: "too cold in the kitchen" },
};

export const EVERY_REASON: readonly Reason[] = Object.values(SAMPLES);
