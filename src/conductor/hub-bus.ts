import type { Bus } from "../bus/index.ts";

/** What the hub's shell needs of its connection; whoever opened it closes it. */
export type HubBus = Pick<
  Bus,
  | "connected"
  | "publish"
  | "publishConfirmed"
  | "retain"
  | "subscribe"
  | "snapshot"
  | "onConnection"
  | "renew"
  | "listen"
  | "say"
  | "retainForeign"
>;
