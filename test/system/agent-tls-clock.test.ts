import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { formatPublicKey } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

const AGENT = join(import.meta.dirname, "../../agent/main.ts");
const key = (name: string): string => formatPublicKey(keyFrom(name).publicKey);

/** An agent whose wall clock is what the file says; timers stay the kernel's. */
async function agentWithClock(broker: string, ca: string) {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-tls-clock-"));
  const at = (name: string): string => join(folder, name);
  const setClock = async (offsetS: number): Promise<void> => {
    await writeFile(at("clock.new"), `${offsetS < 0 ? "" : "+"}${offsetS}\n`);
    await rename(at("clock.new"), at("clock"));
  };
  await setClock(-Math.floor(Date.now() / 1000) + 3600);
  await writeFile(at("ca.pem"), ca);
  const config = {
    ...{ host: "rp4", fleet: "home", channel: "main", system: "x86_64-linux", root: folder },
    ...{ broker, tls: { caFile: at("ca.pem") }, cacheKeys: [key("cache-1")] },
    ...{
      releaseKeys: [key("ci-1")],
      hubKeys: [key("hub-1")],
      substituters: ["http://127.0.0.1:9"],
    },
  };
  await writeFile(at("agent.json"), JSON.stringify(config));
  const library = execFileSync("faketime", ["-m", "-f", "+0s", "printenv", "LD_PRELOAD"]);
  const env = {
    ...{ PATH: process.env["PATH"], LD_PRELOAD: String(library).trim() },
    ...{ FAKETIME_TIMESTAMP_FILE: at("clock"), FAKETIME_NO_CACHE: "1", NO_FAKE_STAT: "1" },
    ...{ FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1", FAKETIME_DISABLE_SHM: "1" },
  };
  const args = [AGENT, "--config", at("agent.json")];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
  return {
    ...{ lines, setClock, child },
    async [Symbol.asyncDispose](): Promise<void> {
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

describe.skipIf(needs("openssl", "faketime").skip)("an agent that boots in 1970", () => {
  it("says that the broker's certificate is not valid yet, tries on, and is in once the clock is set", async () => {
    const authority = await makeAuthority("rp4");
    const broker = await startAedes({ webSocket: authority.server });
    try {
      await using agent = await agentWithClock(`wss://localhost:${broker.port}`, authority.ca);
      const said = (what: RegExp) => agent.lines.filter((line) => what.test(line)).length;
      const refused = /not connected: tls-untrusted: .*not yet valid/;
      const soon = { timeout: 40_000 };
      await expect.poll(() => said(refused), soon).toBeGreaterThanOrEqual(2);
      expect(agent.child.exitCode, agent.lines.join("\n")).toBeNull();
      await agent.setClock(0);
      await expect.poll(() => said(/^ready: rp4 at wss:/), soon).toBe(1);
    } finally {
      await broker.stop();
    }
  });
});
