import { readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { parseSessionId, type StorePath } from "../../src/contract/index.ts";
import { readStoreLink } from "../host-facts.ts";
import { readBootDefault } from "./boot-default.ts";
import { localTime } from "./local-time.ts";
import type { Machine } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { rebootReasons } from "./reboot-reasons.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** What files say, on a real host and on one that a folder stands for. */
export const fileFacts = ({ root, timeZone }: MachineSettings) => ({
  bootId: async () => parseSessionId(readFileSync(BOOT_ID, "utf8").trim()),
  bootMs: async () => bootMsOf(readFileSync("/proc/uptime", "utf8")),
  current: () => readStoreLink(root, "run/current-system"),
  booted: () => readStoreLink(root, "run/booted-system"),
  profile: () => readStoreLink(root, "nix/var/nix/profiles/system"),
  bootDefault: () => readBootDefault(root),
  freeBytes: async () => {
    const { bavail, bsize } = statfsSync(join(root, "nix"));
    return bavail * bsize;
  },
  rebootReasons: async (target: StorePath) => {
    const [current, booted] = await Promise.all([
      readStoreLink(root, "run/current-system"),
      readStoreLink(root, "run/booted-system"),
    ]);
    return rebootReasons(root, { booted, current, target });
  },
  localTime: () => localTime(Date.now(), timeZone),
});

/** /proc/uptime counts suspend; timers of systemd and of Node do not. */
function bootMsOf(uptime: string): number {
  const seconds = Number(uptime.split(" ", 1)[0]);
  return Math.round(seconds * 1000);
}

export const UNTOUCHED_LAPTOP = {
  isMetered: false,
  batteryPercent: null,
  sleepInhibitor: null,
  laterUntilBootMs: null,
} satisfies Partial<Awaited<ReturnType<Machine["guardFacts"]>>>;
