import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { aptPackages, type PartName, SYSTEM_PARTS } from "./system-parts.ts";

/** Debian and everything that says it is like it, by /etc/os-release. */
export const isDebianLike = (osRelease: string): boolean => {
  const { ID = "", ID_LIKE = "" } = parseEnv(osRelease);
  return `${ID} ${ID_LIKE}`.split(" ").some((id) => id === "debian" || id === "ubuntu");
};

export interface Facts {
  readonly missing: readonly PartName[];
  readonly isRoot: boolean;
  readonly isDebian: boolean;
  readonly noInstall: boolean;
}

/** Why the missing parts are not installed here; undefined when they may be. */
export const whyNotInstall = (facts: Facts): string | undefined => {
  if (facts.noInstall) {
    return "NIXWAVE_NO_INSTALL=1";
  }
  if (!facts.isDebian) {
    return "this is neither Debian nor Ubuntu";
  }
  return facts.isRoot ? undefined : "only root may install packages";
};

export const readHost = (): Pick<Facts, "isRoot" | "isDebian"> => ({
  isRoot: process.getuid?.() === 0,
  isDebian: existsSync("/etc/os-release") && isDebianLike(readFileSync("/etc/os-release", "utf8")),
});

const POLICY_FILE = "/usr/sbin/policy-rc.d";

// Debian asks this file before it starts a new package's service: 101 forbids (invoke-rc.d(8)).
// Left behind by a killed run, it takes itself away when it is next asked.
const policyScript = (pid: number): string =>
  `#!/bin/sh\nkill -0 ${pid} 2>/dev/null && exit 101\nrm -f ${POLICY_FILE}\nexit 0\n`;

const ignoreSignal = (): void => undefined;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `install` while no package may start its service; a policy that is already there is left alone. */
const withoutServices = (install: () => void): void => {
  if (existsSync(POLICY_FILE)) {
    install();
    return;
  }
  // With a handler, an interrupt ends apt-get and then this function, not this process before the clean-up.
  for (const signal of SIGNALS) {
    process.on(signal, ignoreSignal);
  }
  writeFileSync(POLICY_FILE, policyScript(process.pid), { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(POLICY_FILE, { force: true });
    for (const signal of SIGNALS) {
      process.off(signal, ignoreSignal);
    }
  }
};

const aptGet = (...args: string[]): boolean => {
  const { status, signal } = spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (signal !== null) {
    throw new Error(`apt-get was stopped by ${signal}`);
  }
  return status === 0;
};

const install = (packages: readonly string[]): boolean =>
  aptGet("install", "-y", "--no-install-recommends", ...packages);

/** Says what it will install, then does it. What could not be installed is found missing afterwards. */
export const installParts = (missing: readonly PartName[]): void => {
  const packages = aptPackages(missing);
  process.stdout.write("The tests need programs that this system lacks:\n");
  for (const part of missing) {
    process.stdout.write(`  ${part}: ${SYSTEM_PARTS[part].usedFor}\n`);
  }
  process.stdout.write(
    `Installing ${packages.join(" ")} with apt-get (NIXWAVE_NO_INSTALL=1 skips this). No service is started.\n`,
  );
  withoutServices(() => {
    aptGet("update");
    // One package that this release lacks must not take the others with it.
    if (!install(packages) && packages.length > 1) {
      for (const name of packages) {
        install([name]);
      }
    }
  });
  if (existsSync("/run/systemd/system")) {
    process.stdout.write(
      "Debian enables new services for the next boot; see `systemctl disable`.\n",
    );
  }
};
