import { execFileSync } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabHost } from "./lab-host.ts";

/**
 * Where a host can be held for good, so that its power is cut at that very place: `nix-store --realise`, the arming
 * of the deadman, or a verb of switch-to-configuration, whichever system's: as it begins, or as it has written (lab-system.ts).
 */
export type HoldPoint = "pull" | "arm" | "test" | "boot" | "boot-written";

const PROGRAMS = {
  pull: { name: "nix-store", word: "--realise" },
  arm: { name: "systemd-run", word: "--unit=nixwave-deadman" },
} as const;

/** From now on who comes to this point stays there. */
export async function holdAt({ machine }: LabHost, point: HoldPoint): Promise<void> {
  const flag = `/var/lib/hold-${point}`;
  await writeFile(join(machine.disk, flag), "");
  if (point !== "pull" && point !== "arm") return;
  const { name, word } = PROGRAMS[point];
  const real = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  const stand = join(machine.disk, "bin", name);
  await writeFile(
    stand,
    `#!/bin/sh
case " $* " in *" ${word} "*) [ ! -e ${flag} ] || { : >/var/lib/held; sleep 100000; } ;; esac
exec ${real} "$@"
`,
  );
  await chmod(stand, 0o755);
}

const PATIENCE_MS = 70_000;

/** Resolves when somebody is held. @throws Error with the console */
export async function untilHeld({ machine }: LabHost): Promise<void> {
  const folder = join(machine.disk, "var/lib");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = () => existsSync(join(folder, "held")) && resolve(true);
  const watcher = watch(folder, look);
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  look();
  const isHeld = await promise;
  clearTimeout(timer);
  watcher.close();
  if (!isHeld) throw new Error(`nobody came there:\n${machine.console().slice(-3000)}`);
}

/** For the boot that follows. */
export async function letGo({ machine }: LabHost, point: HoldPoint): Promise<void> {
  for (const name of [`hold-${point}`, "held"]) {
    await rm(join(machine.disk, "var/lib", name), { force: true });
  }
}
