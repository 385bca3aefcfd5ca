import { NEW, OLD, type PlayedHost } from "../activator/played-host.ts";
import { AT_ONCE, type FaultRow, NEW_KEPT, OLD_RUNS } from "./fault-row.ts";
import { ask, BY_HAND, confirm, killedWhen, passTime, TICK_MS, toTrial } from "./scenes.ts";

const returned = (code: string) =>
  ({ ...OLD_RUNS, ...AT_ONCE, outcome: "rolled-back", code }) as const;

const afterTrial =
  (then: (host: PlayedHost) => Promise<void> | void) => async (host: PlayedHost) => {
    await toTrial(host);
    await then(host);
  };
const did = (host: PlayedHost, what: string): boolean => host.reality.did.includes(what);
const dark = (host: PlayedHost) => (): void => host.losePower();

export const ROWS_ENDING: readonly FaultRow[] = [
  {
    ...{ fault: "the activator is killed", phase: "committing" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `profile ${NEW}`),
        () => confirm(host),
      ),
    ),
  },
  {
    ...{ fault: "power cut before the boot default has moved", phase: "committing" },
    ...returned("power-lost"),
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `profile ${NEW}`),
        () => confirm(host),
        dark(host),
      ),
    ),
  },
  {
    ...{ fault: "power cut after the boot default has moved", phase: "committing" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `boot ${NEW}`),
        () => confirm(host),
        dark(host),
      ),
    ),
  },
  {
    ...{ fault: "the boot loader fails once", phase: "committing" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: afterTrial((host) => {
      let isFirst = true;
      host.reality.onSwitch = (_system, verb) => {
        const fails = isFirst && verb === "boot";
        if (fails) isFirst = false;
        return fails ? 1 : 0;
      };
      return confirm(host);
    }),
  },
  {
    ...{ fault: "the boot loader fails twice", phase: "committing" },
    ...returned("bootloader-failed"),
    play: afterTrial((host) => {
      host.reality.onSwitch = (system, verb) => (verb === "boot" && system === NEW ? 1 : 0);
      return confirm(host);
    }),
  },
  {
    ...{ fault: "the boot loader says yes once and has written nothing", phase: "committing" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: afterTrial((host) => {
      host.reality.emptyBoots = 1;
      return confirm(host);
    }),
  },
  {
    ...{ fault: "the boot loader says yes twice and has written nothing", phase: "committing" },
    ...returned("bootloader-failed"),
    play: afterTrial((host) => {
      host.reality.emptyBoots = 2;
      return confirm(host);
    }),
  },
  {
    ...{ fault: "the boot loader writes, says no, and does not go back", phase: "committing" },
    ...{ runs: "old", boots: "new", ...AT_ONCE },
    ...{ outcome: "inconsistent", code: "boot-default-unsure" },
    play: afterTrial((host) => {
      host.reality.onSwitch = (system, verb) => {
        if (verb === "boot" && system === NEW) host.reality.bootDefault = NEW;
        return verb === "boot" ? 1 : 0;
      };
      return confirm(host);
    }),
  },
  {
    ...{
      fault: "the boot loader fails four times, and nobody can read what it boots",
      phase: "committing",
    },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: "inconsistent", code: "boot-default-unsure" },
    play: afterTrial((host) => {
      host.reality.isLoaderReadable = false;
      host.reality.onSwitch = (_system, verb) => (verb === "boot" ? 1 : 0);
      return confirm(host);
    }),
  },
  {
    ...{ fault: "the profile cannot be set", phase: "committing" },
    ...returned("bootloader-failed"),
    play: afterTrial((host) => {
      host.reality.profileFails = true;
      return confirm(host);
    }),
  },
  {
    ...{ fault: "a person changes the profile", phase: "committing" },
    ...{
      runs: "new",
      boots: "a person's",
      ...AT_ONCE,
      outcome: "taken-over",
      code: "person-acted",
    },
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `profile ${NEW}`),
        () => confirm(host),
        () => void Object.assign(host.reality, { profile: BY_HAND, bootDefault: BY_HAND }),
      ),
    ),
  },
  {
    ...{ fault: "the activator is killed", phase: "reverting" },
    ...returned("revert-ordered"),
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `test ${OLD}`),
        () => ask(host, "revert", 3),
      ),
    ),
  },
  {
    ...{ fault: "the activator dies for good", phase: "reverting" },
    ...{ ...returned("revert-ordered"), safeWithinMs: TICK_MS, safeIn: "15 s" },
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => host.said.some((line) => line.startsWith("reverting")),
        () => ask(host, "revert", 3),
        () => passTime(host, TICK_MS, false),
      ),
    ),
  },
  {
    ...{ fault: "power cut", phase: "reverting" },
    ...returned("revert-ordered"),
    play: afterTrial((host) =>
      killedWhen(
        host,
        () => did(host, `test ${OLD}`),
        () => ask(host, "revert", 3),
        dark(host),
      ),
    ),
  },
  {
    ...{ fault: "the old system's switch fails; a reboot brings it back", phase: "reverting" },
    ...returned("revert-ordered"),
    play: afterTrial(async (host) => {
      host.reality.onSwitch = () => 2;
      await ask(host, "revert", 3);
      host.boot();
      await host.run();
    }),
  },
  {
    ...{ fault: "the old system's switch fails, and so does the reboot", phase: "reverting" },
    ...{ runs: "new", boots: "new", ...AT_ONCE, outcome: "inconsistent", code: "revert-failed" },
    play: afterTrial(async (host) => {
      host.reality.onSwitch = () => 2;
      await ask(host, "revert", 3);
      host.reality.bootDefault = NEW;
      host.boot();
      await host.run();
    }),
  },
];
