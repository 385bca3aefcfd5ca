export {
  type Applied,
  type Judgement,
  judgeApply,
  judgeOrder,
  statementForHost,
} from "./acceptance.ts";
export { decodeBase64, encodeBase64 } from "./base64.ts";
export type { Brand } from "./brand.ts";
export type { ControlRequest, ControlResponse, RequestId } from "./control.ts";
export { type BootRisk, DESIRED_TYPE, type Desired, type Order } from "./desired.ts";
export {
  digestOf,
  type Envelope,
  openUnverified,
  type PayloadType,
  preAuthEncoding,
  signEnvelope,
  type TrustedKeys,
  type VerifiedPayload,
  verifyEnvelope,
} from "./dsse.ts";
export { ERRORS, type ErrorCode } from "./error-table.ts";
export { whyFetchFailed } from "./fetch-failure.ts";
export {
  type Counter,
  type DurationMs,
  type EpochMs,
  instant,
  LAST_INSTANT_MS,
  parseDuration,
  parseSerial,
  type Serial,
} from "./instants.ts";
export {
  encodeOrder,
  encodeStatement,
  hostReportCodec,
  hostRequestCodec,
  inboxSessionCodec,
  journalCodec,
  parseOrder,
  parseStatement,
  ratchetCodec,
  systemMarkerCodec,
  trialCodec,
} from "./json-payloads.ts";
export {
  type Channel,
  type Digest,
  type FleetName,
  type HoldSource,
  type HostName,
  type NarHash,
  parseChannel,
  parseFleetName,
  parseHoldSource,
  parseHostName,
  parseNarHash,
  parseRolloutId,
  parseSessionId,
  parseSystemType,
  parseUserName,
  type RolloutId,
  type SessionId,
  type SystemType,
  type UserName,
} from "./names.ts";
export {
  formatPublicKey,
  formatSecretKey,
  type KeyMaterial,
  type KeyName,
  type PublicKey,
  parseKeyName,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
  secretKeyFromSeed,
} from "./nix-key.ts";
export {
  encodeNixBase32,
  fingerprint,
  isSignedByNix,
  isSignedByNixAside,
  type PathFingerprint,
} from "./nix-signature.ts";
export { ContractError, NixwaveError } from "./nixwave-error.ts";
export type { OrderForm } from "./order-forms.ts";
export type { Presence } from "./presence.ts";
export {
  floorOf,
  newRatchet,
  ratchetAfterCommit,
  ratchetAfterOrder,
  ratchetInForce,
} from "./ratchet.ts";
export type { Release } from "./release.ts";
export { isOfThisMachine, parseReleaseAddress } from "./release-address.ts";
export {
  checkRelease,
  compareStatements,
  type ReleaseTrust,
  requireSame,
  type StatementChange,
  type StatementVerdict,
  sameClosure,
  type VerifiedStatement,
  verifiedByHost,
  verifyStatement,
} from "./release-check.ts";
export { type ReleaseHeard, releaseDigest } from "./release-heard.ts";
export {
  type ChangeSummary,
  HOST_PHASES,
  type HostReport,
  type Log,
  OUTCOMES,
  type Outcome,
  type ProbeReport,
  type Progress,
  type Reported,
  type Waiting,
  type WitnessReport,
} from "./reported.ts";
export type { RolloutHistory } from "./rollout-history.ts";
export type { RolloutStatus } from "./rollout-status.ts";
export type { ScreenEvent, ScreenUpdate } from "./screens.ts";
export type { Acceptance } from "./serial-rules.ts";
export { STATEMENT_TYPE, type Statement } from "./statement.ts";
export { parseStorePath, type StorePath, storePathHash, storePathName } from "./store-path.ts";
export { parseJson, parseStrictJson } from "./strict-json.ts";
export { MARKER_FILE, type SystemMarker } from "./system-marker.ts";
export {
  type Address,
  DEFAULT_BASE,
  filterOf,
  parseTopic,
  parseTopicBase,
  type Topic,
  type TopicBase,
  topicOf,
} from "./topics.ts";
export type { HostRequest, InboxSession, Trial } from "./trial.ts";
export type {
  ClockReading,
  Committed,
  HostTrust,
  Journal,
  OpenAttempt,
  Ratchet,
} from "./trust.ts";
export {
  encodePayload,
  parsePayload,
  ROLES,
  type Role,
  WIRE,
  WIRE_KINDS,
  type WireKind,
  type WirePayloads,
} from "./wire.ts";
export {
  commonForm,
  formOf,
  openOrder,
  ownForm,
  verifyOrder,
  WIRE_SPOKEN,
  wireGap,
} from "./wire-versions.ts";
