import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Activator, type RunOutcome } from "../../../agent/activator/activator.ts";
import { actAsDeadman, lookAsDeadman } from "../../../agent/activator/deadman.ts";
import { MEMORY_FORMS } from "../../../agent/activator/memory-forms.ts";
import { openOrReport } from "../../../agent/activator/open-or-report.ts";
import { placesBelow } from "../../../agent/activator/places.ts";
import type { ActivatorParts } from "../../../agent/activator/ports.ts";
import type { Limits } from "../../../agent/decide/action.ts";
import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import {
  type HostReport,
  hostReportCodec,
  instant,
  type Journal,
  journalCodec,
  parseSessionId,
} from "../../../src/contract/index.ts";
import { lasting, NOON, pathFor, trustOf } from "../../support/contract-builders.ts";
import { ModelDisk } from "./model-disk.ts";
import { playedClosures, playedMachine } from "./played-ports.ts";
import type { Reality } from "./reality.ts";

/** The process that the test ends at a chosen instant: everything it still tries fails. */
export class Killed extends Error {}

export const OLD = pathFor("old");
export const NEW = pathFor("new");
export const SWITCH_LIMIT_MS = 900_000;

/** A host in memory under the real activator, with a disk that forgets what was not synced. */
export class PlayedHost implements AsyncDisposable {
  readonly disk = new ModelDisk();
  readonly root: string;
  readonly reality: Reality = this.#watched({
    ...{ current: OLD, booted: OLD, profile: OLD, bootDefault: OLD, bootOnce: null },
    ...{
      boots: 1,
      bootMs: 60_000,
      roots: false,
      wayBackHeld: null,
      isDeadmanArmed: false,
      runs: new Map(),
    },
    ...{
      failedUnits: [],
      flappingUnits: [],
      rebootReasons: [],
      otherAgents: [],
      bootRisk: "one-shot",
    },
    ...{ isLaptop: false, isAwake: false },
    ...{ isLoaderReadable: true, emptyBoots: 0 },
    ...{ isSynchronised: true, pullFails: null, probesPass: true, did: [] },
    ...{
      armFails: false,
      rootsFail: false,
      profileFails: false,
      guards: {},
      onPull: () => undefined,
    },
    onAsk: () => Promise.resolve(null),
    ...{ onSwitch: () => 0, programs: new Map() },
  });
  limits: Limits = {
    ...{ mode: "active", switchLimitMs: lasting(SWITCH_LIMIT_MS), rebootToRecover: true },
    ...{ probeLimitMs: lasting(60_000), guards: DEFAULT_GUARDS },
  };
  trust = trustOf();
  /** Of the wall clock, against the hub's. */
  clockOffMs = 0;
  staysMs = 0;
  readonly said: string[] = [];
  /** To whoever sits there: title and text. */
  readonly shown: string[] = [];
  /** Changes so far, of disk and machine together. */
  changes = 0;
  killAt = Number.POSITIVE_INFINITY;
  #isDead: boolean = false;
  #elapsedMs = 0;
  #faultMs = 0;
  #changedMs = 0;

  constructor(root: string) {
    this.root = root;
    this.disk.beforeChange = () => this.change();
  }

  /** From the fault to the last change of what runs or boots, in boot time. */
  get safeAfterMs(): number {
    return Math.max(0, this.#changedMs - this.#faultMs);
  }

  /** The fault happens now; otherwise it happened at the beginning. */
  markFault(): void {
    this.#faultMs = this.#elapsedMs;
  }

  #watched(reality: Reality): Reality {
    return new Proxy(reality, {
      set: (target, key, value) => {
        if (key === "bootMs") this.#elapsedMs += Math.max(0, (value as number) - target.bootMs);
        const isSystem = key === "current" || key === "bootDefault";
        if (isSystem && target[key] !== value) this.#changedMs = this.#elapsedMs;
        return Reflect.set(target, key, value);
      },
    });
  }

  get places() {
    return placesBelow(this.root);
  }

  /** Every change of disk or machine goes through here, and none after death. */
  change(): void {
    this.#isDead ||= this.changes >= this.killAt;
    if (this.#isDead) throw new Killed("killed");
    this.changes += 1;
  }

  get bootId() {
    return parseSessionId(`0000000${this.reality.boots % 10}-0000-4000-8000-000000000000`);
  }

  /** By a rename, as the agent does it: who looks meanwhile finds nothing, or the whole. */
  async drop(desired: Uint8Array): Promise<void> {
    const fresh = join(this.places.inbox, ".new");
    await writeFile(fresh, desired);
    await rename(fresh, join(this.places.inbox, "desired"));
  }

  /** The agent opens a new connection now. */
  async renewSession(): Promise<void> {
    const session = {
      v: 1,
      session: "abcdef00",
      bootId: this.bootId,
      openedBootMs: this.reality.bootMs,
    };
    await writeFile(join(this.places.inbox, "session"), JSON.stringify(session));
  }

  /** One run of the activator, from its start to its end or its death. */
  async run(): Promise<RunOutcome | "killed"> {
    this.#isDead = false;
    const program = this.reality.programs.get(this.reality.current);
    try {
      const parts = { ...this.parts(), self: program?.name ?? null };
      const forms = program?.forms ?? MEMORY_FORMS;
      const memory = await openOrReport(parts, forms);
      const ended = await new Activator(parts, memory).run();
      return ended === "handed-over" ? await this.run() : ended;
    } catch (error) {
      if (this.#isDead) return "killed";
      throw error;
    }
  }

  async deadman(): Promise<void> {
    this.#isDead = false;
    if (!this.reality.isDeadmanArmed) return;
    const parts = { ...this.parts(), switchLimitMs: SWITCH_LIMIT_MS };
    if ((await lookAsDeadman(parts)) === "overdue") await actAsDeadman(parts);
  }

  /** Boots what the boot loader takes; what nobody synced may be gone. */
  losePower(chance: () => number = () => 0): void {
    const { reality } = this;
    this.disk.losePower(chance);
    this.boot();
    reality.did.push("power cut");
  }

  boot(): void {
    const { reality } = this;
    reality.boots += 1;
    reality.bootMs = 5000;
    reality.isDeadmanArmed = false;
    reality.failedUnits = [];
    reality.booted = reality.bootOnce ?? reality.bootDefault;
    reality.bootOnce = null;
    reality.current = reality.booted;
    for (const [key, { state }] of reality.runs) if (state !== "ended") reality.runs.delete(key);
    this.#isDead = false;
  }

  async journal(): Promise<Journal | null> {
    const bytes = await this.disk.read(this.places.journal);
    return bytes ? journalCodec.parse(bytes) : null;
  }

  async report(): Promise<HostReport> {
    return hostReportCodec.parse((await this.disk.read(this.places.report)) ?? new Uint8Array());
  }

  parts(): ActivatorParts {
    const { trust, limits, places, disk: files } = this;
    return {
      ...{
        trust,
        limits,
        places,
        files,
        machine: playedMachine(this),
        closures: playedClosures(this),
      },
      probe: () =>
        Promise.resolve({
          isPassed: this.reality.probesPass,
          probes: this.reality.probesPass
            ? []
            : [{ name: "camera", state: "failed", message: "no picture" }],
        }),
      askPerson: (_notice, text, signal) => {
        this.shown.push(text.join(" | "));
        return this.reality.onAsk(signal);
      },
      ...{
        now: () => instant(NOON + this.clockOffMs),
        deadmanCommand: ["deadman"],
        self: null,
        reportGroupId: null,
      },
      ...{ applyLease: lasting(600_000), waitsItselfMs: this.reality.isLaptop ? 20_000 : 0 },
      staysMs: this.staysMs,
      say: (line) => void this.said.push(line),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

export async function playHost(): Promise<PlayedHost> {
  const host = new PlayedHost(await mkdtemp(join(tmpdir(), "nixwave-played-")));
  await mkdir(host.places.inbox, { recursive: true });
  await host.renewSession();
  return host;
}
