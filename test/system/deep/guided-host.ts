import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { requireAsPromised } from "../../support/console-session.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import type { LabSystem } from "../../support/simulated-host/lab-system.ts";
import { followGuide } from "./follow-guide.ts";

const AGENT = fileURLToPath(new URL("../../../agent/main.ts", import.meta.url));

/**
 * `nixos-rebuild switch` on a host without nixpkgs: what it does once everything is built. A configuration that waits
 * beside the system is what the new system has in /etc.
 */
const REBUILD = `#!/bin/sh
set -e
top=$(cat /var/lib/next-system)
cp /var/lib/next-config.json /etc/nixwave/config.json 2>/dev/null || true
ln -sfn "$top" /nix/var/nix/profiles/system-99-link
ln -sfn system-99-link /nix/var/nix/profiles/system
exec "$top/bin/switch-to-configuration" "$1"
`;

/** A simulated host on which root types what docs/recovery.md says. */
export interface GuidedHost {
  /** Line by line. @throws Error where the host says something else than the guide */
  follow(session: string): Promise<void>;
  /** What the next `nixos-rebuild` has built. @param settings of the agent's configuration that differ */
  builds(
    system: Pick<LabSystem, "path">,
    settings?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

export async function guideTo(host: LabHost): Promise<GuidedHost> {
  const { machine } = host;
  const program = async (name: string, text: string): Promise<void> => {
    await writeFile(join(machine.disk, "bin", name), text);
    await chmod(join(machine.disk, "bin", name), 0o755);
  };
  await program("nixwave-agent", `#!/bin/sh\nexec ${process.execPath} ${AGENT} "$@"\n`);
  await program("nixos-rebuild", REBUILD);
  return {
    follow: (session) =>
      followGuide(session, new Map(), async (step) => {
        const end = await machine.exec("sh", ["-c", `exec 2>&1; ${step.command}`]);
        requireAsPromised(step, end.exitCode, end.stdout);
      }),
    async builds(system, settings) {
      await writeFile(join(machine.disk, "var/lib/next-system"), system.path);
      if (!settings) return;
      const before = await readFile(join(machine.disk, "etc/nixwave/config.json"), "utf8");
      const config = JSON.stringify({ ...JSON.parse(before), ...settings });
      await writeFile(join(machine.disk, "var/lib/next-config.json"), config);
    },
  };
}
