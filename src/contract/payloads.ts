import { controlRequest, controlResponse } from "./control.ts";
import { desired, order } from "./desired.ts";
import { presence } from "./presence.ts";
import { release } from "./release.ts";
import { releaseHeard } from "./release-heard.ts";
import { hostReport, log, progress, reported } from "./reported.ts";
import { rolloutHistory } from "./rollout-history.ts";
import { rolloutStatus } from "./rollout-status.ts";
import { screenEvent, screenUpdate } from "./screens.ts";
import { statement } from "./statement.ts";
import { systemMarker } from "./system-marker.ts";
import { hostRequest, inboxSession, trial } from "./trial.ts";
import { journal, ratchet } from "./trust.ts";

/** Signed payloads, and the files a host trusts as its own memory: an unknown field is refused. */
export const STRICT_SCHEMAS = { statement, order, ratchet, journal, hostRequest };

/** All others: an unknown field is dropped, so that a newer part can talk to an older one. */
export const OPEN_SCHEMAS = {
  release,
  desired,
  reported,
  progress,
  log,
  presence,
  releaseHeard,
  rolloutStatus,
  rolloutHistory,
  controlRequest,
  controlResponse,
  hostReport,
  inboxSession,
  systemMarker,
  trial,
  screenUpdate,
  screenEvent,
};
