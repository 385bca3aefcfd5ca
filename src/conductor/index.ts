export type {
  Answer,
  Asked,
  Conductor,
  Examined,
  GateSaid,
  GateSeat,
  Happened,
  HostView,
  HubView,
  KnownRelease,
  Offered,
  PastRollout,
  Question,
  QuestionAnswer,
  Verb,
} from "./conductor.ts";
export type { HubBus } from "./hub-bus.ts";
export { openConductor } from "./open-conductor.ts";
export type { ConductorOptions } from "./options.ts";
export type { Timers } from "./timers.ts";
