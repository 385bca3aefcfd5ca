import { NEW, type PlayedHost, SWITCH_LIMIT_MS } from "../activator/played-host.ts";
import { LEASE_MS } from "../activator/stories.ts";
import type { FaultRow } from "./fault-row.ts";
import { AT_ONCE, OLD_RUNS } from "./fault-row.ts";
import {
  ask,
  BY_HAND,
  didSwitch,
  killedWhen,
  passTime,
  switchEnds,
  TICK_MS,
  toTrial,
} from "./scenes.ts";

const returned = (code: string) =>
  ({ ...OLD_RUNS, ...AT_ONCE, outcome: "rolled-back", code }) as const;
const ALL_LIMITS_MS = SWITCH_LIMIT_MS + LEASE_MS + TICK_MS;
const LIMITS = { safeWithinMs: ALL_LIMITS_MS, safeIn: "switch limit + lease + 15 s" } as const;

const when = (set: (host: PlayedHost) => void) => async (host: PlayedHost) => {
  set(host);
  await toTrial(host);
};
const exited = (status: number, output = "") =>
  ({ end: { kind: "exited", status }, output }) as const;

export const ROWS_SWITCHING: readonly FaultRow[] = [
  {
    ...{ fault: "switch-to-configuration ends with 1 half way", phase: "switching" },
    ...returned("activation-failed"),
    play: when(switchEnds({ ...exited(1), runs: NEW })),
  },
  {
    ...{ fault: "a pre-switch check fails", phase: "switching" },
    ...returned("switch-check-failed"),
    play: when(switchEnds(exited(1, "Pre-switch check 'disk' failed\nPre-switch checks failed"))),
  },
  {
    ...{ fault: "a switch inhibitor forbids a live switch", phase: "switching" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: "needs-reboot", code: "reboot-required" },
    play: when(switchEnds(exited(1, "Pre-switch check 'switchInhibitors' failed"))),
  },
  {
    ...{ fault: "the activation script fails (2)", phase: "switching" },
    ...returned("activation-failed"),
    play: when(switchEnds({ ...exited(2), runs: NEW })),
  },
  {
    ...{ fault: "a unit fails that worked before (4)", phase: "switching" },
    ...returned("units-failed"),
    play: when((host) => {
      host.reality.onSwitch = (system) => {
        host.reality.failedUnits = system === NEW ? ["web.service"] : [];
        return system === NEW ? 4 : 0;
      };
    }),
  },
  {
    ...{ fault: "only a unit fails that had failed before (4)", phase: "switching" },
    ...{ runs: "new", boots: "old", ...AT_ONCE, outcome: null, code: null },
    play: when((host) => {
      host.reality.failedUnits = ["old-trouble.service"];
      switchEnds(4)(host);
    }),
  },
  {
    ...{
      fault: "a unit fails that fails again and again, and ran when it began (4)",
      phase: "switching",
    },
    ...{ runs: "new", boots: "old", ...AT_ONCE, outcome: null, code: null },
    play: when((host) => {
      host.reality.flappingUnits = ["camera.service"];
      host.reality.onSwitch = () => {
        host.reality.failedUnits = ["camera.service"];
        return 4;
      };
    }),
  },
  {
    ...{ fault: "another switch holds NixOS's lock (11)", phase: "switching" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: null, code: "switch-locked" },
    play: when(switchEnds(11)),
  },
  {
    ...{ fault: "the init interface differs (100)", phase: "switching" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: "needs-reboot", code: "reboot-required" },
    play: when(switchEnds(100)),
  },
  {
    ...{ fault: "it asks for a reboot (100), and yet the new system runs", phase: "switching" },
    ...returned("activation-failed"),
    play: when(switchEnds({ ...exited(100), runs: NEW })),
  },
  {
    ...{ fault: "the switch hangs until its limit", phase: "switching" },
    ...returned("activation-too-slow"),
    play: when(switchEnds({ end: { kind: "too-slow" }, runs: NEW })),
  },
  {
    ...{ fault: "the switch is killed", phase: "switching" },
    ...returned("activation-killed"),
    play: when(switchEnds({ end: { kind: "killed", signal: "KILL" }, runs: NEW })),
  },
  {
    ...{ fault: "switch-to-configuration is not there", phase: "switching" },
    ...returned("activation-failed"),
    play: when(switchEnds({ end: { kind: "not-started", message: "no such file" } })),
  },
  {
    ...{ fault: "the switch says yes and the old system runs on", phase: "switching" },
    ...returned("activation-failed"),
    play: when((host) => {
      const old = host.reality.current;
      switchEnds({ ...exited(0), runs: old })(host);
    }),
  },
  {
    ...{ fault: "a person switches in the middle", phase: "switching" },
    ...{
      runs: "a person's",
      boots: "old",
      ...AT_ONCE,
      outcome: "taken-over",
      code: "person-acted",
    },
    play: when(switchEnds({ ...exited(0), runs: BY_HAND })),
  },
  {
    ...{ fault: "the activator is killed during the switch", phase: "switching" },
    ...{ runs: "new", boots: "old", ...AT_ONCE, outcome: null, code: null },
    play: async (host) => {
      await ask(host, "stage", 1);
      await killedWhen(
        host,
        () => didSwitch(host),
        () => ask(host, "trial", 2),
      );
    },
  },
  {
    ...{ fault: "power cut during the switch", phase: "switching" },
    ...returned("power-lost"),
    play: async (host) => {
      await ask(host, "stage", 1);
      await killedWhen(
        host,
        () => didSwitch(host),
        () => ask(host, "trial", 2),
        () => host.losePower(),
      );
    },
  },
  {
    ...{ fault: "a probe of the host fails", phase: "probing" },
    ...returned("probe-failed"),
    play: when((host) => {
      host.reality.probesPass = false;
    }),
  },
  {
    ...{ fault: "the new system's activator never runs", phase: "probing" },
    ...{ ...returned("lease-expired"), ...LIMITS },
    play: async (host) => {
      await ask(host, "stage", 1);
      await killedWhen(
        host,
        () => host.said.includes("switched"),
        () => ask(host, "trial", 2),
        () => passTime(host, ALL_LIMITS_MS, false),
      );
    },
  },
];
