import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GuardFacts } from "../decide/facts.ts";
import type { ProgramEnd } from "../run-program.ts";
import { OWN_NAME } from "./stay-awake.ts";

type Call = (file: string, ...args: readonly string[]) => Promise<ProgramEnd>;
const POWER = "/sys/class/power_supply";

/** What only a laptop's guards look at. What cannot be asked is not there: no NetworkManager, no metered link. */
export async function laptopFacts(
  call: Call,
): Promise<Pick<GuardFacts, "isMetered" | "batteryPercent" | "sleepInhibitor">> {
  const say = async (file: string, ...args: readonly string[]): Promise<string> =>
    (await call(file, ...args).catch(() => null))?.stdout ?? "";
  const [devices, inhibitors, batteryPercent] = await Promise.all([
    say("nmcli", "-g", "GENERAL.STATE,GENERAL.METERED", "device", "show"),
    say("systemd-inhibit", "--list", "--no-pager", "--no-legend"),
    readBattery(POWER),
  ]);
  return {
    isMetered: isMeteredIn(devices),
    batteryPercent,
    sleepInhibitor: sleepInhibitorIn(inhibitors),
  };
}

/** @param devices pairs of lines: state, metered; only a connected device counts */
export function isMeteredIn(devices: string): boolean {
  const lines = devices.split("\n").filter((line) => line.trim() !== "");
  return lines.some((line, index) => /^yes\b/.test(line) && /^100\b/.test(lines[index - 1] ?? ""));
}

/** @returns who blocks sleep, and why; a "delay" is the system's own and asks for nothing, and we do not ask ourselves */
export function sleepInhibitorIn(listed: string): string | null {
  for (const line of listed.split("\n")) {
    const found = /^(.+?)\s+\d+\s+\S+\s+\d+\s+\S+\s+(\S+)\s+(.*?)\s+block\s*$/.exec(line);
    const [, who, what = "", why] = found ?? [];
    if (who !== OWN_NAME && what.split(":").includes("sleep")) return `${who}: ${why}`;
  }
  return null;
}

/** Per cent of the emptiest battery that is being emptied; null on mains or without one. */
export async function readBattery(folder: string): Promise<number | null> {
  const names = await readdir(folder).catch(() => []);
  const read = (name: string, file: string): Promise<string> =>
    readFile(join(folder, name, file), "utf8").then(
      (text) => text.trim(),
      () => "",
    );
  const levels: number[] = [];
  for (const name of names) {
    const [type, status, capacity] = await Promise.all([
      read(name, "type"),
      read(name, "status"),
      read(name, "capacity"),
    ]);
    if (type !== "Battery" || status !== "Discharging" || !/^\d{1,3}$/.test(capacity)) continue;
    levels.push(Number(capacity));
  }
  return levels.length === 0 ? null : Math.min(...levels);
}
