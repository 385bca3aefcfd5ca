import { readFile, rename, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { needs } from "../../support/system-parts.ts";
import { type AgentBundles, type AgentHome, agentHome, buildAgents } from "./agent-home.ts";

const skip = needs("nix", "iproute2").skip || canBootHosts().skip;
const [OLD, NEW] = ["0.1.1", "0.1.2"];

let agents: AgentBundles;
beforeAll(async () => {
  if (!skip) agents = await buildAgents(OLD, NEW);
});
afterAll(async () => {
  if (!skip) await agents[Symbol.asyncDispose]();
});

const agentOf = ({ host }: AgentHome): Promise<string> =>
  host.machine.run("systemctl", "show", "-P", "MainPID", "nixwave-agent.service");

const SESSION = "/run/nixwave/in/session";

/** The word over which session what comes now has come, as an agent writes it down. */
async function sayItCameOver({ host }: AgentHome, session: string): Promise<void> {
  const place = host.machine.place(SESSION);
  await writeFile(`${place}.new`, session);
  await rename(`${place}.new`, place);
}

describe.skipIf(skip)("a deployment that replaces the agent", { timeout: 180_000 }, () => {
  it("ends the old agent in the switch, is kept over the new one's session alone, and goes one version down again", async () => {
    await using home = await agentHome({
      ...{ old: { agent: agents.of(OLD) }, next: { agent: agents.of(NEW) } },
    });
    const { host, old, fresh } = home;
    await home.reported(({ agent, phase }) => agent === OLD && phase === "idle");
    const before = { pid: await agentOf(home), session: await sessionOf(home) };
    await home.order("trial", fresh, { lease: 60_000 as never });
    const trial = await home.reported(({ phase }) => phase === "in-trial");
    expect(trial).toMatchObject({ agent: NEW, current: fresh.path, profile: old.path });
    expect(await agentOf(home)).not.toBe(before.pid);
    const gone = await host.machine.exec("test", ["-e", `/proc/${before.pid}`]);
    expect(gone.exitCode).toBe(1);

    await host.machine.run("systemctl", "stop", "nixwave-agent.service");
    await sayItCameOver(home, before.session);
    await host.order("commit", fresh);
    const waits = await host.until(({ waiting }) => waiting?.code === "session-too-old");
    expect(waits).toMatchObject({ phase: "in-trial", profile: old.path, outcome: null });
    expect(await host.bootDefault()).toBe(old.path);

    await home.order("commit", fresh);
    await host.machine.run("systemctl", "start", "nixwave-agent.service");
    const kept = await home.reported(({ outcome }) => outcome !== null);
    expect(kept).toMatchObject({ agent: NEW, outcome: { code: "succeeded" }, profile: fresh.path });
    expect(await host.bootDefault()).toBe(fresh.path);

    await home.order("trial", old, { attempt: 2 });
    await home.reported(({ agent, phase }) => agent === OLD && phase === "in-trial");
    await home.order("commit", old, { attempt: 2 });
    const down = ({ agent, current, phase, outcome }: (typeof home.heard)[number]) =>
      agent === OLD && current === old.path && phase === "idle" && outcome?.code === "succeeded";
    await home.reported((report) => down(report) && report.profile === old.path);
    expect(await host.bootDefault()).toBe(old.path);
    expect(outcomesOf(home)).toEqual(["succeeded", "succeeded"]);
  });

  it("is undone when the new agent does not start, and the old one says so", async () => {
    await using home = await agentHome({
      ...{ old: { agent: agents.of(OLD) }, next: { agent: "fails" } },
    });
    await home.order("trial", home.fresh);
    const end = await home.reported(({ outcome }) => outcome !== null);
    expect(end).toMatchObject({
      ...{ agent: OLD, current: home.old.path, profile: home.old.path },
      outcome: { code: "rolled-back", reason: "units-failed" },
    });
    expect(end.outcome?.message).toContain("nixwave-agent.service");
    expect(outcomesOf(home)).toEqual(["rolled-back"]);
  });

  it.each([
    ["at the end of the lease", "runs and says nothing", "mute", "lease-expired"],
    ["at once", "fails, and systemd begins it again and again", "fails-again", "units-failed"],
  ] as const)("is undone %s when the new agent %s", async (_when, _what, agent, reason) => {
    await using home = await agentHome({ old: { agent: agents.of(OLD) }, next: { agent } });
    await home.order("trial", home.fresh);
    const end = await home.reported(({ outcome }) => outcome !== null);
    expect(end).toMatchObject({
      ...{ agent: OLD, current: home.old.path, profile: home.old.path },
      outcome: { code: "rolled-back", reason },
    });
    // Only the old agent may have told of what ran: on the way there or back, never as a trial or an end.
    const told = home.heard.filter(({ current }) => current === home.fresh.path);
    const untrue = told.filter(
      ({ agent: by, phase, outcome }) => by !== OLD || phase === "in-trial" || outcome !== null,
    );
    expect(untrue).toEqual([]);
    expect(outcomesOf(home)).toEqual(["rolled-back"]);
  });
});

const sessionOf = ({ host }: AgentHome): Promise<string> =>
  readFile(host.machine.place(SESSION), "utf8");

/** One for each attempt that ended, however often it was said. */
function outcomesOf({ heard }: AgentHome): readonly (string | undefined)[] {
  const said = heard.filter(({ outcome }) => outcome !== null);
  const ends = said.map(
    (one) => [`${one.attempt} ${one.outcome?.code}`, one.outcome?.code] as const,
  );
  return [...new Map(ends).values()];
}
