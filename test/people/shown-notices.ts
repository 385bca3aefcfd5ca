import { parseHoldSource, parseStorePath } from "../../src/contract/index.ts";
import { type Notification, notificationOf } from "../../src/people/index.ts";
import {
  type END_STATES,
  type PAUSE_CONDITIONS,
  type Reason,
  readReason,
} from "../../src/rollout/index.ts";
import { host, ROLLOUT_ID, told } from "./scenes.ts";

export const RP4 = host("rp4");
export const SWITCH = parseHoldSource("wall-switch");
export const TARGET = parseStorePath(`/nix/store/${"0".repeat(32)}-nixos-system-rp4`);

/** The notification, or a complaint that there is none. */
export function shown(...what: Parameters<typeof notificationOf>): Notification {
  const notification = notificationOf(...what);
  if (!notification) throw new Error(`${what[0].type} says nothing`);
  return notification;
}

export const ended = (state: (typeof END_STATES)[number], why = "") =>
  told("HostEnded", { rollout: ROLLOUT_ID, host: RP4, attempt: 1, state, why: readReason(why) });
export const begins = told("StepStarted", {
  ...{ rollout: ROLLOUT_ID, host: RP4, attempt: 1, target: TARGET, resumed: false },
});
export const pause = (
  condition: (typeof PAUSE_CONDITIONS)[number],
  why = "a newer release waits",
) => told("Paused", { condition, why: readReason(why) as Reason });
export const resumed = (condition: (typeof PAUSE_CONDITIONS)[number]) =>
  told("Resumed", { condition });
export const buttons = ({ actions }: Notification): readonly string[] =>
  actions.map(({ verb, host: of }) => (of === null ? verb : `${verb} ${of}`));
