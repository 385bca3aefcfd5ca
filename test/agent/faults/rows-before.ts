import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import { hostRequestCodec, NixwaveError } from "../../../src/contract/index.ts";
import { counting, NOON, ordered, releasedOn } from "../../support/contract-builders.ts";
import { SECOND, THIRD } from "../activator/later-forms.ts";
import { NEW, type PlayedHost } from "../activator/played-host.ts";
import { AT_ONCE, type FaultRow, OLD_RUNS } from "./fault-row.ts";
import { ask, killedWhen, toTrial } from "./scenes.ts";

const untouched = { ...OLD_RUNS, ...AT_ONCE } as const;
const isStaging = (host: PlayedHost) => host.reality.did.some((one) => one.startsWith("pull"));

const failingPull = (code: NixwaveError["code"], message: string) => async (host: PlayedHost) => {
  host.reality.pullFails = new NixwaveError(code, message);
  await ask(host, "stage", 1);
};

/** Nothing of the running system has been touched in any of these. */
export const ROWS_BEFORE: readonly FaultRow[] = [
  {
    ...{ fault: "the clock stands in 1970 and nobody set it", phase: "at acceptance" },
    ...{ ...untouched, outcome: null, code: "clock-unsynchronised" },
    play: async (host) => {
      host.reality.isSynchronised = false;
      await ask(host, "trial", 1);
    },
  },
  {
    ...{ fault: "the activator is killed during the pull", phase: "staging" },
    ...{ ...untouched, outcome: null, code: null },
    play: (host) =>
      killedWhen(
        host,
        () => isStaging(host),
        () => ask(host, "stage", 1),
      ),
  },
  {
    ...{ fault: "power cut during the pull", phase: "staging" },
    ...{ ...untouched, outcome: null, code: null },
    play: (host) =>
      killedWhen(
        host,
        () => isStaging(host),
        () => ask(host, "stage", 1),
        () => host.losePower(),
      ),
  },
  {
    ...{ fault: "the cache cannot be reached", phase: "staging" },
    ...{ ...untouched, outcome: null, code: "pull-backing-off" },
    play: failingPull("cache-unreachable", "no route to host"),
  },
  {
    ...{ fault: "the cache serves other content than CI signed", phase: "staging" },
    ...{ ...untouched, outcome: "failed", code: "nar-hash-mismatch" },
    play: failingPull("nar-hash-mismatch", "other content"),
  },
  {
    ...{ fault: "the closure is not signed by a key of the host", phase: "staging" },
    ...{ ...untouched, outcome: "failed", code: "closure-untrusted" },
    play: failingPull("closure-untrusted", "signed by a stranger"),
  },
  {
    ...{ fault: "the system has no agent: nobody could reach it", phase: "staging" },
    ...{ ...untouched, outcome: "failed", code: "system-without-agent" },
    play: failingPull("system-without-agent", "no nixwave/host.json"),
  },
  {
    ...{ fault: "the system's agent trusts none of this hub's keys", phase: "staging" },
    ...{ ...untouched, outcome: "failed", code: "agent-without-common-key" },
    play: failingPull("agent-without-common-key", "no common hub key"),
  },
  {
    ...{ fault: "the hub aborts during the pull", phase: "staging" },
    ...{ ...untouched, outcome: "canceled", code: "revert-ordered" },
    play: async (host) => {
      await ask(host, "stage", 1);
      await ask(host, "revert", 2);
    },
  },
  {
    ...{ fault: "a newer order comes and takes its place", phase: "staged" },
    ...{ ...untouched, outcome: null, code: null },
    play: async (host) => {
      await ask(host, "stage", 1);
      const newer = releasedOn(0.5, "newer");
      await host.drop(ordered(newer, { goal: "stage", counter: counting(NOON + 9), attempt: 2 }));
      await host.run();
    },
  },
  {
    ...{ fault: "garbage collection took the closure", phase: "staged" },
    ...{ ...untouched, outcome: null, code: null },
    play: async (host) => {
      await ask(host, "stage", 1);
      host.reality.roots = false;
      await ask(host, "stage", 2);
    },
  },
  {
    ...{ fault: "the host only observes", phase: "staged" },
    ...{ ...untouched, outcome: "rejected", code: "observe-mode" },
    play: async (host) => {
      host.limits = { ...host.limits, mode: "observe" };
      await toTrial(host);
    },
  },
  {
    ...{ fault: "another deploy agent is enabled", phase: "staged" },
    ...{ ...untouched, outcome: "rejected", code: "other-deploy-agent" },
    play: async (host) => {
      host.reality.otherAgents = ["comin.service"];
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the system needs a new kernel", phase: "staged" },
    ...{ ...untouched, outcome: "needs-reboot", code: "reboot-required" },
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      await toTrial(host);
    },
  },
  {
    ...{ fault: "a person keeps the host (`nixwave-agent pause`)", phase: "staged" },
    ...{ ...untouched, outcome: null, code: "host-paused" },
    play: async (host) => {
      const bytes = hostRequestCodec.encode({ v: 1, verb: "pause", at: NOON, forMs: 7_200_000 });
      await host.disk.write(`${host.places.requests}/1-pause.json`, bytes);
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the laptop's battery is low", phase: "staged" },
    ...{ ...untouched, outcome: null, code: "battery-low" },
    play: async (host) => {
      host.limits = {
        ...host.limits,
        guards: { ...DEFAULT_GUARDS, laptop: { minBatteryPercent: 30 } },
      };
      host.reality.guards = { batteryPercent: 12 };
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the laptop's link is metered", phase: "staging" },
    ...{ ...untouched, outcome: null, code: "link-metered" },
    play: async (host) => {
      host.limits = {
        ...host.limits,
        guards: { ...DEFAULT_GUARDS, laptop: { minBatteryPercent: 30 } },
      };
      host.reality.guards = { isMetered: true };
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the person at the laptop says Later", phase: "staged" },
    ...{ ...untouched, outcome: null, code: "person-said-later" },
    play: async (host) => {
      const notice = { program: ["/bin/ask"], waitMs: 60_000, laterMs: 3_600_000, most: 3 };
      const laptop = { minBatteryPercent: 30, notice };
      host.limits = { ...host.limits, guards: { ...DEFAULT_GUARDS, laptop } };
      host.reality.onAsk = () => Promise.resolve("later");
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the system's Nixwave is two versions newer than the host's", phase: "staging" },
    ...{ ...untouched, outcome: "failed", code: "agent-too-far" },
    play: async (host) => {
      const forms = [SECOND, THIRD];
      host.reality.programs.set(NEW, { name: "newer", forms, says: { from: 2, to: 3 } });
      await toTrial(host);
    },
  },
  {
    ...{ fault: "the deadman cannot be armed", phase: "arming" },
    ...{ ...untouched, outcome: "rolled-back", code: "deadman-not-armed" },
    play: async (host) => {
      host.reality.armFails = true;
      await toTrial(host);
    },
  },
  {
    ...{ fault: "power cut while the deadman is armed", phase: "arming" },
    ...{ ...untouched, outcome: "rolled-back", code: "power-lost" },
    play: async (host) => {
      await ask(host, "stage", 1);
      await killedWhen(
        host,
        () => host.reality.isDeadmanArmed,
        () => ask(host, "trial", 2),
        () => host.losePower(),
      );
    },
  },
];
