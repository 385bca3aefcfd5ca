import {
  type Channel,
  type Digest,
  type EpochMs,
  type HostName,
  instant,
  parseChannel,
  parseHostName,
  parseStorePath,
  type Serial,
  type StorePath,
} from "../../src/contract/index.ts";
import {
  type HostReport,
  newRolloutState,
  type OfferedRelease,
  type Reduction,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";

export const rp4: HostName = parseHostName("rp4");
export const nuc: HostName = parseHostName("nuc");
const main: Channel = parseChannel("main");

export const pathOf = (host: HostName, version: number): StorePath =>
  parseStorePath(`/nix/store/${String(version).padStart(32, "0")}-nixos-system-${host}-${version}`);

export const release = (
  serial: number,
  hosts: readonly HostName[] = [rp4, nuc],
): OfferedRelease => ({
  channel: main,
  serial: serial as Serial,
  title: "nixpkgs bump",
  hosts: hosts.map((host) => ({
    host,
    target: pathOf(host, serial),
    statement: "0".repeat(64) as Digest,
  })),
});

export const at = (ms: number): EpochMs => instant(ms);

export const offered = (serial: number, hosts?: readonly HostName[]): RolloutEvent => ({
  type: "ReleaseVerified",
  at: at(1000),
  release: release(serial, hosts),
});

/** What `host` says of attempt 1 of the rollout of `serial`. */
export function says(
  host: HostName,
  serial: number,
  what: Partial<HostReport> & { live?: boolean },
): RolloutEvent {
  const { live = true, ...fields } = what;
  const report: HostReport = {
    host,
    phase: "idle",
    rollout: `main-${serial}` as HostReport["rollout"],
    attempt: 1,
    current: pathOf(host, serial),
    target: pathOf(host, serial),
    outcome: null,
    refusal: null,
    ...fields,
  };
  return { type: "HostReported", at: at(2000), live, report };
}

export const staged = (host: HostName, serial: number) =>
  says(host, serial, { phase: "staged", current: pathOf(host, 1) });
export const inTrial = (host: HostName, serial: number) =>
  says(host, serial, { phase: "in-trial" });
export const ended = (host: HostName, serial: number, code: string, reason: string | null = null) =>
  says(host, serial, { outcome: { code, reason, message: "" } });

export const home = (): RolloutState => newRolloutState([rp4, nuc]);

/** Reduces one event after another; the last reduction. */
export function play(state: RolloutState, ...events: readonly RolloutEvent[]): Reduction {
  let reduction: Reduction = { state, effects: [], ignored: null };
  for (const event of events) reduction = reduce(reduction.state, event);
  return reduction;
}

export const orders = (reduction: Reduction): readonly string[] =>
  reduction.effects.flatMap((effect) =>
    effect.type === "Order" ? [`${effect.host} ${effect.goal}`] : [],
  );

export const states = (state: RolloutState): readonly string[] =>
  (state.rollout?.steps ?? []).map((step) => `${step.host} ${step.state}`);
