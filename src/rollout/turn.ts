import type { Counter, DurationMs, EpochMs, HostName, SessionId } from "../contract/index.ts";
import type { Announcement, RolloutEffect } from "./effect.ts";
import { count, entryAt, type Range, withEntry } from "./host-tree.ts";
import type { Plan } from "./plan.ts";
import type { HostEntry, HostStep, Rollout, RolloutState, StepOrder } from "./rollout-state.ts";
import type { Counted } from "./tally.ts";
import type { Goal } from "./words.ts";

/** An order is good for 15 minutes (DESIGN 5); it is issued anew before that. */
const RESEND_AFTER_MS = 10 * 60_000;

/** Whether what began this state is what is ordered now: the order itself, not given anew. */
export const isFirstCopy = ({ since }: HostStep, { resendAt }: StepOrder): boolean =>
  resendAt === since + RESEND_AFTER_MS;

type OpenAnnouncement<T = Announcement> = T extends Announcement ? Omit<T, "at"> : never;

/** One step of the reducer while it is being worked out: the next state, and what it causes. Lives within one call. */
export class Turn {
  readonly at: EpochMs;
  #state: RolloutState;
  /** The host being worked on: written into the tree once, when something else is looked at. */
  #open: { readonly position: number; readonly entry: HostEntry } | null = null;
  readonly effects: RolloutEffect[] = [];
  readonly #announced: Announcement[] = [];

  constructor(state: RolloutState, at: EpochMs) {
    this.at = at;
    this.#state = { ...state, at };
  }

  get state(): RolloutState {
    if (this.#open) {
      const { position, entry } = this.#open;
      this.#open = null;
      this.#state = { ...this.#state, hosts: withEntry(this.#state.hosts, position, entry) };
    }
    return this.#state;
  }

  set(change: Partial<RolloutState>): void {
    this.#state = { ...this.state, ...change };
  }

  /** The rollout under way or the last one; only asked for where there is one. */
  get rollout(): Rollout {
    return this.#state.rollout as Rollout;
  }

  setRollout(change: Partial<Rollout>): void {
    this.set({ rollout: { ...this.rollout, ...change } });
  }

  get active(): boolean {
    return this.#state.rollout !== null && this.#state.rollout.phase !== "Completed";
  }

  /** The plan in force. */
  get plan(): Plan {
    return this.active ? this.rollout.plan : this.#state.plan;
  }

  entry(position: number): HostEntry {
    if (this.#open?.position === position) return this.#open.entry;
    return entryAt(this.#state.hosts, position);
  }

  /** Only asked for of hosts that have one. */
  step(position: number): HostStep {
    return this.entry(position).step as HostStep;
  }

  put(position: number, change: Partial<HostEntry>): void {
    const entry = { ...this.entry(position), ...change };
    if (this.#open?.position !== position) this.#state = this.state;
    this.#open = { position, entry };
  }

  move(position: number, change: Partial<HostStep>): void {
    const step = this.step(position);
    const since = change.state === undefined || change.state === step.state ? step.since : this.at;
    this.put(position, { step: { ...step, ...change, since } });
  }

  count(what: Counted, range: Range = this.all): number {
    return count(this.state.hosts, what, range);
  }

  get all(): Range {
    return { from: 0, to: this.state.hosts.size };
  }

  get session(): SessionId | null {
    return this.#state.session;
  }

  announce(announcement: OpenAnnouncement): void {
    const effect = { ...announcement, at: this.at } as Announcement;
    this.effects.push(effect);
    this.#announced.push(effect);
  }

  /** Whether it was announced and is not done yet. */
  isAnnounced(id: string): boolean {
    return [...this.state.outbox, ...this.#announced].some((one) => one.id === id);
  }

  /** Orders a goal of a host; counter = max(last + 1, now) (DESIGN 5). A fenced hub only remembers it. */
  order(position: number, goal: Goal): void {
    const counter = Math.max(this.state.lastCounter + 1, this.at) as Counter;
    const resendAt = (this.at + RESEND_AFTER_MS) as EpochMs;
    this.move(position, { order: { goal, counter, taken: false, resendAt } });
    this.set({ lastCounter: counter });
    if (this.state.fenced) return;
    const { host } = this.entry(position);
    const { attempt, statement, back, retry, boot, lease } = this.step(position);
    const { id: rollout, plan } = this.rollout;
    this.effects.push({
      type: "Order",
      id: `${this.keyOf(host, attempt)}/${goal}`,
      ...{ at: this.at, host, rollout, attempt, goal, counter, statement },
      ...{ lease: lease?.lasts ?? plan.lease, rollback: back, retry },
      approved: goal === "boot" ? boot : null,
    });
  }

  keyOf(host: HostName, attempt: number): string {
    return `${this.rollout.id}/${host}/${attempt}`;
  }

  /** When a host that says nothing more of its trial counts as silent: past its lease, its grace and its reboot. */
  silentAt(position: number): EpochMs {
    const { lease, grace, rebootAllowance } = this.plan;
    const step = this.step(position);
    const ends = step.lease ? step.lease.since + step.lease.lasts : 0;
    const reboot = step.state === "Rebooting" ? rebootAllowance : 0;
    return (Math.max(this.at + lease, ends) + grace + reboot) as EpochMs;
  }

  after(duration: DurationMs): EpochMs {
    return (this.at + duration) as EpochMs;
  }

  /** The state with all announcements of this turn in its outbox. */
  end(): RolloutState {
    if (this.#announced.length === 0) return this.state;
    return { ...this.state, outbox: [...this.state.outbox, ...this.#announced] };
  }
}
