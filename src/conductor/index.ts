export type {
  Asked,
  Conductor,
  Decided,
  Decision,
  Examined,
  GateSaid,
  GateSeat,
  Happened,
  HostView,
  HubView,
  Notes,
  QuestionAnswer,
  Verb,
} from "./conductor.ts";
export type { HomeAssistantOptions } from "./home-assistant-desk.ts";
export type { HubBus } from "./hub-bus.ts";
export { openConductor } from "./open-conductor.ts";
export type { ConductorOptions } from "./options.ts";
export type { GateTrace, TracePoint } from "./seat-trace.ts";
