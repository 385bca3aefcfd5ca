import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, type AgentParts } from "../../agent/agent.ts";
import { openHostMemory } from "../../agent/host-memory.ts";
import { parseSessionId, type Reported, type StorePath } from "../../src/contract/index.ts";
import { NOON, pathFor, SYSTEM, trustOf } from "../support/contract-builders.ts";

/** What is true on the host that the test plays, and what goes wrong there. */
export interface Reality {
  current: StorePath | null;
  profile: StorePath | null;
  bootDefault: StorePath | null;
  pullFails: Error | null;
  /** Called before each switch; may throw. */
  onSwitch: (system: StorePath, verb: "test" | "boot") => void;
  readonly did: string[];
}

export const OLD = pathFor("old");
export const NEW = pathFor("new");

/** A real agent with real files and a host in memory. Restarts share the folder and the reality. */
export async function startRig(differences: Partial<AgentParts> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "nixwave-agent-"));
  const reality: Reality = {
    current: OLD,
    profile: OLD,
    bootDefault: OLD,
    pullFails: null,
    onSwitch: () => undefined,
    did: [],
  };
  const reports: Reported[] = [];
  const started: Agent[] = [];
  const start = async (): Promise<Agent> => {
    const parts = await partsFor(directory, reality);
    const agent = new Agent(
      { ...parts, ...differences },
      {
        retain: (_address, payload) => {
          reports.push(payload as Reported);
          return Promise.resolve();
        },
      },
    );
    started.push(agent);
    await agent.start();
    return agent;
  };
  return {
    directory,
    reality,
    reports,
    start,
    last: (): Reported => reports.at(-1) as Reported,
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((agent) => agent.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function partsFor(directory: string, reality: Reality): Promise<AgentParts> {
  return {
    trust: trustOf(),
    memory: await openHostMemory(directory, 1),
    system: SYSTEM,
    session: parseSessionId("44444444-4444-4444-8444-444444444444"),
    agentVersion: "0.1.0",
    say: () => undefined,
    now: () => NOON,
    clock: () => ({ now: NOON, synchronised: true }),
    store: {
      pull: ({ storePath }) => {
        reality.did.push(`pull ${storePath}`);
        return reality.pullFails ? Promise.reject(reality.pullFails) : Promise.resolve();
      },
      setProfile: (path) => {
        reality.did.push(`profile ${path}`);
        reality.profile = path;
        return Promise.resolve();
      },
      release: () => Promise.resolve(),
      locate: (path) => path,
    },
    switchTo: (system, verb) => {
      reality.did.push(`${verb} ${system}`);
      try {
        reality.onSwitch(system, verb);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      if (verb === "test") reality.current = system;
      else reality.bootDefault = system;
      return Promise.resolve();
    },
    facts: () =>
      Promise.resolve({
        current: reality.current,
        booted: OLD,
        profile: reality.profile,
        bootId: parseSessionId("33333333-3333-4333-8333-333333333333"),
        freeBytes: 1,
      }),
  };
}
