import type { Closures } from "../../../agent/activator/ports.ts";
import type { RunState } from "../../../agent/decide/facts.ts";
import type { Machine } from "../../../agent/machine/machine.ts";
import type { Awake } from "../../../agent/machine/stay-awake.ts";
import { NixwaveError, type SessionId, type StorePath } from "../../../src/contract/index.ts";
import type { Reality, SwitchEnd } from "./reality.ts";

/** The host behind the ports; every change of it goes through `change`, and none after death. */
interface PlayedRealm {
  readonly reality: Reality;
  readonly bootId: SessionId;
  change(): void;
}

export function playedClosures(host: PlayedRealm): Closures {
  const { reality } = host;
  return {
    foresee: () => Promise.resolve(),
    fetch: ({ storePath, running }) => {
      host.change();
      reality.roots = true;
      reality.wayBackHeld = running;
      reality.did.push(`pull ${storePath}`);
      reality.onPull();
      if (reality.pullFails) return Promise.reject(reality.pullFails);
      return Promise.resolve({ downloadBytes: 1, unpackedBytes: 2 });
    },
    changes: () => Promise.resolve({ packages: [], packagesTotal: 0 }),
    isHere: () => Promise.resolve(reality.roots),
    areRootsHeld: () => Promise.resolve(reality.roots),
    hold: async ({ running }) => {
      host.change();
      if (reality.rootsFail)
        throw new NixwaveError("host-memory-unwritable", "no root can be made");
      reality.roots = await Promise.resolve(true);
      reality.wayBackHeld = running;
    },
    dropRoots: async () => {
      host.change();
      reality.roots = await Promise.resolve(false);
    },
    setProfile: async (path) => {
      host.change();
      if (reality.profileFails) throw new NixwaveError("disk-full", "no space left");
      reality.profile = await Promise.resolve(path);
      reality.did.push(`profile ${path}`);
    },
    activatorOf: (system) => Promise.resolve(reality.programs.get(system)?.name ?? null),
    memoryOf: (system) => Promise.resolve(reality.programs.get(system)?.says ?? null),
  };
}

export function playedMachine(host: PlayedRealm): Machine {
  const { reality } = host;
  const said = <T>(value: T): Promise<T> => Promise.resolve(value);
  return {
    isReal: false,
    bootId: () => said(host.bootId),
    bootMs: () => said(reality.bootMs),
    current: () => said(reality.current),
    booted: () => said(reality.booted),
    profile: () => said(reality.profile),
    isClockSynchronised: () => said(reality.isSynchronised),
    freeBytes: () => said(1_000_000_000),
    start: async ({ key, system, verb }) => {
      host.change();
      if (!reality.runs.has(key))
        reality.runs.set(key, await said(switched(reality, system, verb)));
    },
    stateOf: (key) => said(reality.runs.get(key) ?? { state: "none" }),
    ended: () => said(undefined),
    armDeadman: async () => {
      host.change();
      if (reality.armFails) throw new NixwaveError("program-not-started", "systemd-run failed");
      reality.isDeadmanArmed = await said(true);
    },
    disarmDeadman: async () => {
      host.change();
      reality.isDeadmanArmed = await said(false);
    },
    isDeadmanArmed: () => said(reality.isDeadmanArmed),
    failedUnits: () => said(reality.failedUnits),
    troubledUnits: () => said([...reality.failedUnits, ...reality.flappingUnits]),
    rebootReasons: (target) => said(target === reality.booted ? [] : reality.rebootReasons),
    bootRisk: () => said(reality.bootRisk),
    bootDefault: () => said(reality.isLoaderReadable ? reality.bootDefault : null),
    bootOnce: async (system) => {
      host.change();
      reality.bootOnce = await said(system);
    },
    forgetBootOnce: async () => {
      host.change();
      reality.bootOnce = await said(null);
    },
    otherAgents: () => said(reality.otherAgents),
    guardFacts: () =>
      said({
        ...{ localMinute: 720, localDay: 1, isMetered: false, batteryPercent: null },
        ...{ sleepInhibitor: null, laterUntilBootMs: null, ...reality.guards },
      }),
    reboot: () => {
      host.change();
      reality.did.push("reboot");
      return said(undefined);
    },
    stayAwake: () => said(reality.isLaptop ? playedAwake(reality) : null),
  };
}

function playedAwake(reality: Reality): Awake {
  reality.isAwake = true;
  reality.did.push("awake");
  const release = (): void => {
    if (reality.isAwake) reality.did.push("may sleep");
    reality.isAwake = false;
  };
  return {
    get isHeld() {
      return reality.isAwake;
    },
    release,
  };
}

function switched(reality: Reality, system: StorePath, verb: string): RunState {
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
  if (verb === "boot" && status === 0 && reality.emptyBoots-- <= 0) {
    reality.bootDefault = reality.profile;
  }
  if (verb === "test" && (status === 0 || status === 4)) reality.current = system;
  if (ended.runs) reality.current = ended.runs;
  return { state: "ended", end, output };
}
