import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostReport } from "../../../src/contract/index.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { needs } from "../../support/system-parts.ts";
import { type AgentBundles, type AgentHome, agentHome, buildAgents } from "../hosts/agent-home.ts";

const skip = needs("nix", "iproute2").skip || canBootHosts().skip;
const VERSION = "0.1.1";
const LEASE = { lease: 120_000 as never };

let agents: AgentBundles;
beforeAll(async () => {
  if (!skip) agents = await buildAgents(VERSION);
});
afterAll(async () => {
  if (!skip) await agents[Symbol.asyncDispose]();
});

const kill = ({ host }: AgentHome) =>
  host.machine.exec("systemctl", ["kill", "--signal=KILL", "nixwave-agent.service"]);
const starts = async ({ host }: AgentHome): Promise<number> =>
  Number(await host.machine.run("systemctl", "show", "-P", "NRestarts", "nixwave-agent.service"));

/** Kills the agent as soon as the activator's own report says that the host is there, or past it. */
async function killAt(home: AgentHome, phases: readonly HostReport["phase"][]): Promise<void> {
  await home.host.until(({ phase, outcome }) => phases.includes(phase) || outcome !== null);
  await kill(home);
}

describe.skipIf(skip)("an agent that is killed at every step", { timeout: 300_000 }, () => {
  it("costs a deployment time, and nothing else: one outcome, told by the agent that comes after", async () => {
    const agent = agents.of(VERSION);
    await using home = await agentHome({ old: { agent }, next: { agent } });
    const { fresh, heard } = home;
    await home.reported(({ phase }) => phase === "idle");
    await home.order("stage", fresh, LEASE);
    await killAt(home, ["staging", "staged"]);
    await home.reported(({ phase }) => phase === "staged");
    await kill(home);

    await home.order("trial", fresh, LEASE);
    await killAt(home, ["activating", "in-trial"]);
    const trial = await home.reported(({ phase }) => phase === "in-trial");
    expect(trial).toMatchObject({ current: fresh.path, profile: home.old.path });
    await kill(home);

    await home.order("commit", fresh, LEASE);
    await killAt(home, ["committing"]);
    const kept = await home.reported(({ outcome }) => outcome !== null);
    expect(kept).toMatchObject({ outcome: { code: "succeeded" }, profile: fresh.path });
    expect(await home.host.bootDefault()).toBe(fresh.path);

    const sessions = new Set(heard.map(({ session }) => session));
    expect(sessions.size).toBeGreaterThan(3);
    const outcomes = heard.flatMap(({ outcome }) => (outcome ? [outcome.code] : []));
    expect(new Set(outcomes)).toEqual(new Set(["succeeded"]));
    const before = heard.length;
    const restarts = await starts(home);
    await kill(home);
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBeGreaterThan(before);
    expect(heard.at(-1)?.outcome?.code).toBe("succeeded");
    expect(await starts(home)).toBeGreaterThan(restarts);
  });
});
