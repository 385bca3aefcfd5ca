import type {
  Address,
  Envelope,
  RequestId,
  WireKind,
  WirePayloads,
} from "../../src/contract/index.ts";
import { parseHoldSource, parseUserName } from "../../src/contract/index.ts";
import {
  CHANNEL,
  desiredBytes,
  HOST,
  HUB,
  lasting,
  NOON,
  orderOf,
  pathFor,
  ROLLOUT,
  reportedOf,
  sealOrder,
  sealStatement,
  serialAt,
  statementOf,
} from "../support/contract-builders.ts";

const statement = sealStatement(statementOf("a"));
const order = sealOrder(orderOf(statement.digest));
const envelope: Envelope = statement.envelope;

/** One whole payload of each kind, with every optional part that it may have. */
export const SAMPLES: { readonly [K in WireKind]: WirePayloads[K] } = {
  release: { v: 1, statements: [envelope, envelope] },
  releaseHeard: {
    v: 1,
    hub: HUB,
    digest: statement.digest,
    serial: serialAt(0),
    state: "recorded",
    recorded: "only-statements",
    refused: [{ code: "signature-invalid", message: "rp4: no key" }],
    why: "only its statements are new",
    at: NOON,
  },
  desired: { v: 1, order: order.envelope, statement: envelope },
  reported: reportedOf("a", {
    phase: "in-trial",
    rollout: ROLLOUT,
    attempt: 2,
    target: pathFor("b"),
    outcome: { code: "rolled-back", reason: "not-in-trial", message: "line one\n\tline two" },
    refusal: { code: "order-stale", message: "", counter: null, at: NOON },
  }),
  availability: { state: "online", session: HUB },
  progress: {
    v: 1,
    rollout: ROLLOUT,
    attempt: 1,
    phase: "staging",
    percent: null,
    bytesDone: 0,
    bytesTotal: 10,
    pathsDone: 0,
    pathsTotal: 1,
  },
  log: { v: 1, rollout: ROLLOUT, attempt: 1, first: 0, lines: ["restarting sshd", ""] },
  hubStatus: { state: "offline", session: HUB },
  rolloutStatus: {
    v: 1,
    hub: HUB,
    rollout: ROLLOUT,
    channel: CHANNEL,
    serial: serialAt(0),
    title: "14 Jul, nixpkgs bump",
    phase: "Progressing",
    completion: null,
    paused: [{ condition: "Hold", since: NOON, why: "wall switch" }],
    hosts: [{ host: HOST, state: "Soaking", why: "2 of 5 min" }],
    why: "waits for rp4",
    at: NOON,
  },
  rolloutHistory: {
    v: 1,
    hub: HUB,
    ended: [
      {
        ...{ rollout: ROLLOUT, serial: serialAt(0), title: "nixpkgs bump", completion: "Aborted" },
        ...{
          done: 1,
          taking: 2,
          wrong: [HOST],
          why: "rp4: Failed",
          startedAt: NOON,
          endedAt: NOON,
        },
      },
    ],
    at: NOON,
  },
  controlRequest: {
    id: "req-1" as RequestId,
    action: "hold",
    rollout: ROLLOUT,
    host: HOST,
    duration: lasting(1000),
    now: true,
  },
  controlResponse: { id: "req-1" as RequestId, status: "refused", code: null, message: "no" },
  holdSet: "ON",
  holdState: "OFF",
  deploySet: "PRESS",
  screenState: "läuft",
  screenRelease: "14 Jul, nixpkgs bump",
  screenWhy: "rp4: Der Datenträger des Hosts ist voll. 🏡",
  screenPaused: "ON",
  screenProblem: "OFF",
  screenEvent: {
    event_type: "host-ended",
    title: "rp4: undone",
    message: "The new system did not start properly.\nNot updated: rp4.",
    priority: 4,
  },
  screenHostState: "in trial, being watched",
  screenHostProblem: "OFF",
  screenHostUpdate: {
    installed_version: "2026.07.14.0320",
    latest_version: "2026.07.15.0320",
    title: "nixpkgs bump",
    release_summary: "downloading",
    release_url: "https://ci.example.org/run/7",
    in_progress: true,
    update_percentage: null,
  },
};

export const DESIRED_BYTES = desiredBytes(order, statement);

const user = parseUserName("anna");
const source = parseHoldSource("wall-switch");

/** One address of each kind, and the topic it means below the base. */
export const ADDRESSES: { readonly [K in WireKind]: readonly [Address<K>, string] } = {
  release: [{ kind: "release", channel: CHANNEL }, "releases/main"],
  desired: [{ kind: "desired", host: HOST }, "hosts/rp4/desired"],
  reported: [{ kind: "reported", host: HOST }, "hosts/rp4/reported"],
  availability: [{ kind: "availability", host: HOST }, "hosts/rp4/availability"],
  releaseHeard: [{ kind: "releaseHeard", channel: CHANNEL }, "releases/main/heard"],
  progress: [{ kind: "progress", host: HOST }, "hosts/rp4/progress"],
  log: [{ kind: "log", host: HOST }, "hosts/rp4/log"],
  hubStatus: [{ kind: "hubStatus" }, "hub/status"],
  rolloutStatus: [{ kind: "rolloutStatus" }, "rollout/status"],
  controlRequest: [{ kind: "controlRequest", user }, "control/anna/request"],
  controlResponse: [{ kind: "controlResponse", user }, "control/anna/response"],
  holdSet: [{ kind: "holdSet", source }, "control/hold/wall-switch/set"],
  rolloutHistory: [{ kind: "rolloutHistory" }, "rollout/history"],
  holdState: [{ kind: "holdState", source }, "control/hold/wall-switch/state"],
  deploySet: [{ kind: "deploySet" }, "control/deploy/set"],
  screenState: [{ kind: "screenState" }, "screens/rollout/state"],
  screenRelease: [{ kind: "screenRelease" }, "screens/rollout/release"],
  screenWhy: [{ kind: "screenWhy" }, "screens/rollout/why"],
  screenPaused: [{ kind: "screenPaused" }, "screens/rollout/paused"],
  screenProblem: [{ kind: "screenProblem" }, "screens/rollout/problem"],
  screenEvent: [{ kind: "screenEvent" }, "screens/rollout/event"],
  screenHostState: [{ kind: "screenHostState", host: HOST }, "screens/hosts/rp4/state"],
  screenHostProblem: [{ kind: "screenHostProblem", host: HOST }, "screens/hosts/rp4/problem"],
  screenHostUpdate: [{ kind: "screenHostUpdate", host: HOST }, "screens/hosts/rp4/update"],
};
