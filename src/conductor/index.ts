export type {
  Answer,
  Asked,
  Conductor,
  GateSaid,
  GateSeat,
  Happened,
  HostView,
  HubView,
  KnownRelease,
  Offered,
  PastRollout,
  Verb,
} from "./conductor.ts";
