import {
  type Digest,
  type EpochMs,
  type HostName,
  instant,
  parseChannel,
  parseHoldSource,
  parseHostName,
  parseNarHash,
  parseSessionId,
  parseStorePath,
  type RolloutId,
  type Serial,
  type SessionId,
  type StorePath,
} from "../../src/contract/index.ts";
import {
  type HostReport,
  newRolloutState,
  type OfferedRelease,
  parsePlan,
  type Reduction,
  type RolloutEvent,
  type RolloutState,
  reduce,
  stepsOf,
} from "../../src/rollout/index.ts";

export const rp3: HostName = parseHostName("rp3");
export const rp4: HostName = parseHostName("rp4");
export const nuc: HostName = parseHostName("nuc");
export const x1: HostName = parseHostName("x1");

export const MINUTE_MS = 60_000;
/** A Monday, 2026-07-13 12:00 UTC. */
export const NOON: EpochMs = instant(1_783_944_000_000);
export const by = "phone";
export const wall = parseHoldSource("wall");
export const sessionOf = (number: number): SessionId =>
  parseSessionId(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);

export const pathOf = (host: HostName, version: number): StorePath =>
  parseStorePath(`/nix/store/${String(version).padStart(32, "0")}-nixos-system-${host}-${version}`);

/** The content of a version is its number; `content` makes two serials the same closure. */
export const release = (
  serial: number,
  hosts: readonly HostName[],
  content: number = serial,
): OfferedRelease => ({
  channel: parseChannel("main"),
  serial: serial as Serial,
  title: "nixpkgs bump",
  hosts: hosts.map((host) => ({
    host,
    target: pathOf(host, content),
    statement: String(serial).padStart(64, "0") as Digest,
    narHash: parseNarHash(`sha256-${"A".repeat(43)}=`),
  })),
});

const DEFAULT_PLAN = { settle: "0s", soak: "0s" };
const TWO_HOSTS = { hosts: ["rp4", "nuc"] };

/**
 * A home in which time passes only when told, played event by event. It remembers what was ordered and
 * announced, so that a test reads as a story.
 */
export class Home {
  state: RolloutState;
  last: Reduction;
  nowMs: number = NOON;
  readonly told: string[] = [];
  readonly ordered: string[] = [];
  #seq = 0;
  readonly #sessions = new Map<HostName, SessionId>();

  constructor(plan: object = {}) {
    const hosts = "groups" in plan ? {} : TWO_HOSTS;
    this.state = newRolloutState(parsePlan({ ...DEFAULT_PLAN, ...hosts, ...plan }), NOON);
    this.last = { state: this.state, effects: [], ignored: null };
  }

  get at(): EpochMs {
    return instant(this.nowMs);
  }

  play(event: RolloutEvent): this {
    this.last = reduce(this.state, event);
    this.state = this.last.state;
    for (const effect of this.last.effects) {
      if (effect.type === "Order") {
        const marks = `${effect.rollback ? " back" : ""}${effect.retry ? " again" : ""}`;
        this.ordered.push(`${effect.host} ${effect.goal}${marks}`);
      } else this.told.push(effect.type);
    }
    return this;
  }

  /** Time passes, and the hub looks around. */
  wait(minutes: number): this {
    this.nowMs += minutes * MINUTE_MS;
    return this.play({ type: "Tick", at: this.at });
  }

  offer(serial: number, hosts: readonly HostName[] = this.hosts, content?: number): this {
    return this.play({
      type: "ReleaseVerified",
      at: this.at,
      release: release(serial, hosts, content),
    });
  }

  get hosts(): readonly HostName[] {
    return this.state.plan.groups.flatMap((group) => group.hosts.map(({ host }) => host));
  }

  here(...hosts: readonly HostName[]): this {
    for (const host of hosts) this.#appear(host);
    return this;
  }

  #appear(host: HostName): void {
    const session = sessionOf(++this.#seq + 1000);
    this.#sessions.set(host, session);
    this.play({ type: "HostAppeared", at: this.at, host, session });
  }

  gone(host: HostName): this {
    const session = this.#sessions.get(host) ?? sessionOf(1);
    return this.play({ type: "HostLost", at: this.at, host, session });
  }

  /** A live report about the attempt under way, unless `what` says otherwise. */
  says(host: HostName, what: Partial<HostReport> & { readonly live?: boolean } = {}): this {
    const { live = true, ...fields } = what;
    return this.play({
      type: "HostReported",
      at: this.at,
      live,
      report: this.report(host, fields),
    });
  }

  report(host: HostName, fields: Partial<HostReport> = {}): HostReport {
    const step = stepsOf(this.state).find((one) => one.host === host);
    return {
      host,
      seq: ++this.#seq,
      session: this.#sessions.get(host) ?? sessionOf(1),
      bootId: sessionOf(7),
      phase: "idle",
      rollout: this.state.rollout?.id ?? null,
      attempt: step?.attempt ?? null,
      counter: step?.order?.counter ?? 0,
      current: pathOf(host, 1),
      profile: pathOf(host, 1),
      target: step?.target ?? null,
      outcome: null,
      refusal: null,
      clock: "synchronised",
      ...fields,
    };
  }

  staged(...hosts: readonly HostName[]): this {
    for (const host of hosts) this.says(host, { phase: "staged" });
    return this;
  }

  inTrial(host: HostName, fields: Partial<HostReport> = {}): this {
    return this.says(host, { phase: "in-trial", current: this.target(host), ...fields });
  }

  ended(
    host: HostName,
    code: NonNullable<HostReport["outcome"]>["code"],
    reason: string | null = null,
  ): this {
    const well = code === "succeeded" || code === "already-installed";
    const current = well ? this.target(host) : pathOf(host, 1);
    return this.says(host, { current, outcome: { code, reason, message: "" } });
  }

  /** Its trial found that the new system needs a reboot. */
  needsReboot(host: HostName, bootRisk: HostReport["bootRisk"] = "one-shot"): this {
    const outcome = { code: "needs-reboot", reason: "reboot-required", message: "kernel" } as const;
    return this.says(host, { outcome, bootRisk });
  }

  /** From its order to try to its own report of success. */
  succeeds(...hosts: readonly HostName[]): this {
    for (const host of hosts) this.inTrial(host).ended(host, "succeeded");
    return this;
  }

  target(host: HostName): StorePath {
    return stepsOf(this.state).find((one) => one.host === host)?.target ?? pathOf(host, 0);
  }

  key(host: HostName) {
    const attempt = stepsOf(this.state).find((one) => one.host === host)?.attempt ?? 0;
    return { rollout: (this.state.rollout?.id ?? "none") as RolloutId, host, attempt };
  }

  /** Everybody is there and has fetched release 7; nothing has begun but what may. */
  ready(serial = 7): this {
    return this.here(...this.hosts)
      .offer(serial)
      .staged(...this.hosts);
  }

  get states(): readonly string[] {
    return stepsOf(this.state).map((step) => `${step.host} ${step.state}`);
  }

  get paused(): readonly string[] {
    return (this.state.rollout?.paused ?? []).map(({ condition }) => condition);
  }

  get orders(): readonly string[] {
    return this.ordered.splice(0);
  }
}
