import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { formatPublicKey, NixwaveError } from "../../contract/index.ts";
import { PLACES } from "../places.ts";
import { CHANNEL, type DemoHome, type DemoHostPlan, FLEET } from "./demo-home.ts";
import type { HostAgent, Places } from "./ground.ts";

const LAST_LINES = 12;
const STOP_AFTER_MS = 10_000;

/** Starts a host's agent as a process of its own, with a configuration file as on a real host. */
export async function startAgent(
  home: DemoHome,
  plan: DemoHostPlan,
  places: Places,
  environment: Readonly<Record<string, string>>,
): Promise<HostAgent> {
  const config = join(home.directory, `${plan.host}.json`);
  await writeFile(config, JSON.stringify(agentConfig(home, plan, places), null, 2));
  const child = execa(process.execPath, [PLACES.agent, "--config", config], {
    env: environment,
    extendEnv: false,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    reject: false,
    forceKillAfterDelay: STOP_AFTER_MS,
    cleanup: false, // execa's own ends this process at the first signal, before anything is removed
    maxBuffer: { stderr: 1_000_000 },
  });
  let stopping = false;
  const endWithUs = (): void => void child.kill("SIGTERM");
  process.once("exit", endWithUs);
  const ended = child.then(({ stderr, exitCode }) => {
    if (stopping) return new Promise<never>(() => undefined);
    const said = (stderr ?? "").split("\n").slice(-LAST_LINES).join("\n");
    const message = `the agent of ${plan.host} ended with status ${exitCode}:\n${said}`;
    throw new NixwaveError("demo-host-ended", message);
  });
  ended.catch(() => undefined); // raced by the caller while it waits
  return {
    ended,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      await child;
      process.off("exit", endWithUs);
    },
  };
}

const agentConfig = (
  home: DemoHome,
  { host, system, root }: DemoHostPlan,
  { brokerUrl, cacheUrl }: Places,
) => ({
  ...{ host, fleet: FLEET, channel: CHANNEL, system, broker: brokerUrl, root },
  passwordFile: home.passwordFile(host),
  releaseKeys: [formatPublicKey(home.releaseKey.publicKey)],
  hubKeys: [formatPublicKey(home.hubKey.publicKey)],
  substituters: [cacheUrl],
  cacheKeys: [formatPublicKey(home.cacheKey.publicKey)],
});
