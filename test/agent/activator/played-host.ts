import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Activator, type RunOutcome } from "../../../agent/activator/activator.ts";
import { actAsDeadman, lookAsDeadman } from "../../../agent/activator/deadman.ts";
import { openHostMemory } from "../../../agent/activator/host-memory.ts";
import { readExtras } from "../../../agent/activator/host-report.ts";
import { placesBelow } from "../../../agent/activator/places.ts";
import type { ActivatorParts, Closures } from "../../../agent/activator/ports.ts";
import type { Limits } from "../../../agent/decide/action.ts";
import type { GuardFacts, RunEnd, RunState } from "../../../agent/decide/facts.ts";
import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import type { Machine } from "../../../agent/machine/machine.ts";
import {
  type HostReport,
  hostReportCodec,
  type Journal,
  journalCodec,
  NixwaveError,
  parseSessionId,
  type StorePath,
} from "../../../src/contract/index.ts";
import { lasting, NOON, pathFor, trustOf } from "../../support/contract-builders.ts";
import { ModelDisk } from "./model-disk.ts";

/** The process that the test ends at a chosen instant: everything it still tries fails. */
export class Killed extends Error {}

export const OLD = pathFor("old");
export const NEW = pathFor("new");
export const SWITCH_LIMIT_MS = 900_000;

export interface SwitchEnd {
  readonly end: RunEnd;
  readonly output?: string;
  /** What runs afterwards, when that is not what the status says. */
  readonly runs?: StorePath;
}

interface Reality {
  current: StorePath;
  booted: StorePath;
  profile: StorePath;
  bootDefault: StorePath;
  bootOnce: StorePath | null;
  boots: number;
  bootMs: number;
  roots: boolean;
  isDeadmanArmed: boolean;
  readonly runs: Map<string, RunState>;
  failedUnits: string[];
  rebootReasons: string[];
  otherAgents: string[];
  bootRisk: "one-shot" | "no-way-back";
  isSynchronised: boolean;
  pullFails: NixwaveError | null;
  probesPass: boolean;
  armFails: boolean;
  profileFails: boolean;
  guards: Partial<GuardFacts>;
  /** Called while the pull is under way. */
  onPull: () => void;
  /** How a system's switch-to-configuration ends; a number is its status. */
  onSwitch: (system: StorePath, verb: string) => number | SwitchEnd;
  readonly did: string[];
}

/** A host in memory under the real activator, with a disk that forgets what was not synced. */
export class PlayedHost implements AsyncDisposable {
  readonly disk = new ModelDisk();
  readonly root: string;
  readonly reality: Reality = this.#watched({
    ...{ current: OLD, booted: OLD, profile: OLD, bootDefault: OLD, bootOnce: null },
    ...{ boots: 1, bootMs: 60_000, roots: false, isDeadmanArmed: false, runs: new Map() },
    ...{ failedUnits: [], rebootReasons: [], otherAgents: [], bootRisk: "one-shot" },
    ...{ isSynchronised: true, pullFails: null, probesPass: true, did: [] },
    ...{ armFails: false, profileFails: false, guards: {}, onPull: () => undefined },
    onSwitch: () => 0,
  });
  limits: Limits = {
    ...{ mode: "active", switchLimitMs: lasting(SWITCH_LIMIT_MS), rebootToRecover: true },
    ...{ probeLimitMs: lasting(60_000), guards: DEFAULT_GUARDS },
  };
  trust = trustOf();
  readonly said: string[] = [];
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

  async drop(desired: Uint8Array): Promise<void> {
    await writeFile(join(this.places.inbox, "desired"), desired);
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
    try {
      const { files, places } = this.parts();
      const say = (line: string): void => void this.said.push(line);
      const memory = await openHostMemory({ files, places, trustEpoch: 1, say });
      return await new Activator(this.parts(), memory, await readExtras(this.parts())).run();
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
      ...{ trust, limits, places, files, machine: this.machine(), closures: this.closures() },
      probe: () =>
        Promise.resolve({
          isPassed: this.reality.probesPass,
          probes: this.reality.probesPass
            ? []
            : [{ name: "camera", state: "failed", message: "no picture" }],
        }),
      ...{ now: () => NOON, deadmanCommand: ["deadman"], self: null, reportGroupId: null },
      ...{ applyLease: lasting(600_000), waitsItselfMs: 0 },
      say: (line) => void this.said.push(line),
    };
  }

  closures(): Closures {
    const { reality } = this;
    return {
      fetch: ({ storePath }) => {
        this.change();
        reality.roots = true;
        reality.did.push(`pull ${storePath}`);
        reality.onPull();
        if (reality.pullFails) return Promise.reject(reality.pullFails);
        return Promise.resolve({
          downloadBytes: 1,
          unpackedBytes: 2,
          packages: [],
          packagesTotal: 0,
        });
      },
      isHere: () => Promise.resolve(reality.roots),
      areRootsHeld: () => Promise.resolve(reality.roots),
      dropRoots: async () => {
        this.change();
        reality.roots = await Promise.resolve(false);
      },
      setProfile: async (path) => {
        this.change();
        if (reality.profileFails) throw new NixwaveError("disk-full", "no space left");
        reality.profile = await Promise.resolve(path);
        reality.did.push(`profile ${path}`);
      },
      activatorOf: () => Promise.resolve(null),
    };
  }

  machine(): Machine {
    const { reality } = this;
    const said = <T>(value: T): Promise<T> => Promise.resolve(value);
    return {
      isReal: false,
      bootId: () => said(this.bootId),
      bootMs: () => said(reality.bootMs),
      current: () => said(reality.current),
      booted: () => said(reality.booted),
      profile: () => said(reality.profile),
      isClockSynchronised: () => said(reality.isSynchronised),
      freeBytes: () => said(1_000_000_000),
      start: async ({ key, system, verb }) => {
        this.change();
        if (!reality.runs.has(key)) reality.runs.set(key, await said(this.#switch(system, verb)));
      },
      stateOf: (key) => said(reality.runs.get(key) ?? { state: "none" }),
      ended: () => said(undefined),
      armDeadman: async () => {
        this.change();
        if (reality.armFails) throw new NixwaveError("program-not-started", "systemd-run failed");
        reality.isDeadmanArmed = await said(true);
      },
      disarmDeadman: async () => {
        this.change();
        reality.isDeadmanArmed = await said(false);
      },
      isDeadmanArmed: () => said(reality.isDeadmanArmed),
      failedUnits: () => said(reality.failedUnits),
      rebootReasons: (target) => said(target === reality.booted ? [] : reality.rebootReasons),
      bootRisk: () => said(reality.bootRisk),
      bootOnce: async (system) => {
        this.change();
        reality.bootOnce = await said(system);
      },
      forgetBootOnce: async () => {
        this.change();
        reality.bootOnce = await said(null);
      },
      otherAgents: () => said(reality.otherAgents),
      guardFacts: () =>
        said({
          ...{ localMinute: 720, localDay: 1, isMetered: false, batteryPercent: null },
          ...{ sleepInhibitor: null, laterUntilBootMs: null, ...reality.guards },
        }),
      reboot: () => {
        this.change();
        reality.did.push("reboot");
        return said(undefined);
      },
      stayAwake: () => said(() => undefined),
    };
  }

  #switch(system: StorePath, verb: string): RunState {
    const { reality } = this;
    if (verb === "dry-activate") {
      const output = "would restart the following units: a.service, b.service\n";
      return { state: "ended", end: { kind: "exited", status: 0 }, output };
    }
    reality.did.push(`${verb} ${system}`);
    const said = reality.onSwitch(system, verb);
    const ended: SwitchEnd =
      typeof said === "number" ? { end: { kind: "exited", status: said } } : said;
    const { end, output = "" } = ended;
    const status = end.kind === "exited" ? end.status : null;
    if (verb === "boot" && status === 0) reality.bootDefault = reality.profile;
    if (verb === "test" && (status === 0 || status === 4)) reality.current = system;
    if (ended.runs) reality.current = ended.runs;
    return { state: "ended", end, output };
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
