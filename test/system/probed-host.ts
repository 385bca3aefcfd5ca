import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentConfig } from "../../agent/config.ts";
import { openProbePorts } from "../../agent/probe/open-probe-ports.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { CI_KEY, HUB_KEY } from "../support/contract-builders.ts";
import { closers, run } from "./probe-rig.ts";

interface ProbedHost {
  /** Writes a file of the host and gives its place. */
  file(name: string, content: string): Promise<string>;
  /** Runs one probe as the activator does, from the host's configuration with these fields. */
  probe(fields: Readonly<Record<string, unknown>>, plan: object): ReturnType<typeof run>;
}

/** The probes of a host whose configuration, secrets and certificates are files, as NixOS lays them. */
export async function probedHost(): Promise<ProbedHost> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-probed-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return {
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    },
    probe(fields, plan) {
      const config = {
        ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main" },
        ...{ system: "aarch64-linux", broker: "mqtt://127.0.0.1:1", root: folder },
        releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
        hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
        ...{ substituters: ["http://127.0.0.1:1"], cacheKeys: [formatPublicKey(CI_KEY.publicKey)] },
        ...fields,
      };
      const parsed = parseAgentConfig(Buffer.from(JSON.stringify(config)), "agent.json");
      return run(plan, openProbePorts(parsed, process.env["PATH"] ?? ""));
    },
  };
}
