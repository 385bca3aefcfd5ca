import type { SessionId } from "../contract/index.ts";
import type { HttpGet } from "./http-get.ts";
import type { HubStore } from "./hub-store.ts";
import type { ConductorOptions } from "./options.ts";
import type { Timers } from "./timers.ts";

/** The options made complete, with the journal open. */
export type Rooms = ConductorOptions & {
  readonly store: HubStore;
  readonly timers: Timers;
  readonly newSession: () => SessionId;
  readonly httpGet: HttpGet;
};
