import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatPublicKey, type Order } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import { CI_KEY, FLEET } from "../support/contract-builders.ts";
import { goalsOf, node, nuc, releaseAndRollout, rp4, sayRelease } from "./nodes-rig.ts";
import { playHost } from "./played-hosts.ts";

const NODES = fileURLToPath(new URL("../../node-red-nodes", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../support/start-node-red.ts", import.meta.url));
const soon = { timeout: 20_000, interval: 20 };

const flowOn = (port: number, afterTrial: readonly string[]) => [
  { id: "tab", type: "tab", label: "Home" },
  {
    ...{ id: "broker", type: "mqtt-broker", broker: "127.0.0.1", port: String(port) },
    ...{ clientid: "", autoConnect: true, protocolVersion: "4", keepalive: "60" },
  },
  {
    ...{ id: "fleet", type: "nixwave-fleet", shape: 2, name: "home", mqttBroker: "broker" },
    ...{ fleet: FLEET, channel: "main", threshold: "1", language: "en", zone: "UTC" },
    hosts: [rp4, nuc].map((host) => ({ host, carries: [], optional: false })),
    releaseKeys: formatPublicKey(CI_KEY.publicKey),
  },
  ...releaseAndRollout(["try"]),
  node("try", "nixwave-activate", {}, [afterTrial, ["undo"]]),
  node("keep", "nixwave-result", { verdict: "keep" }),
  node("undo", "nixwave-result", { verdict: "undo" }),
];

interface Started {
  readonly version: string;
  readonly missing: readonly string[];
  readonly failed: readonly string[];
  readonly port: number;
}

/** Node-RED 4.1 as a process of its own, on a user directory that outlives it. */
async function start(userDir: string, flowFile: string) {
  const child = spawn(process.execPath, [PROGRAM, "node-red-4", userDir, flowFile], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const found = JSON.parse(line) as Started;
  const ended = once(child, "exit");
  return {
    found,
    url: `http://127.0.0.1:${found.port}`,
    async end(how: "kill" | "stop"): Promise<void> {
      if (how === "kill") child.kill("SIGKILL");
      else child.stdin.end();
      await ended;
    },
  };
}

describe("a rollout that wires decide, on Node-RED 4.1", () => {
  const end = new AsyncDisposableStack();
  const [atRp4, atNuc]: [Order[], Order[]] = [[], []];
  let house: { readonly brokerUrl: string };
  let port: number;
  let userDir: string;
  let flowFile: string;
  let red: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    const broker = await startAedes();
    end.defer(() => broker.stop());
    [house, port] = [{ brokerUrl: broker.url }, broker.port];
    userDir = await mkdtemp(join(tmpdir(), "nixwave-on-4-"));
    end.defer(() => rm(userDir, { recursive: true, force: true }));
    await mkdir(join(userDir, "node_modules", "@nixwave"), { recursive: true });
    await symlink(NODES, join(userDir, "node_modules", "@nixwave", "node-red"));
    await writeFile(
      join(userDir, "package.json"),
      JSON.stringify({ name: "home", dependencies: { "@nixwave/node-red": "*" } }),
    );
    flowFile = join(userDir, "flows.json");
    await writeFile(flowFile, JSON.stringify(flowOn(port, [])));
    red = await start(userDir, flowFile);
    end.defer(() => red.end("stop"));
    for (const [host, orders] of [
      [rp4, atRp4],
      [nuc, atNuc],
    ] as const) {
      const bus = await playHost(house, host, orders);
      end.defer(() => bus.close());
    }
  });
  afterAll(() => end.disposeAsync());

  const stateOf = async () => {
    const answer = await fetch(`${red.url}/nixwave/fleet/fleet/state`);
    return answer.ok
      ? ((await answer.json()) as { isLearning: boolean; isConnected: boolean })
      : null;
  };
  const isAwake = () => expect.poll(async () => (await stateOf())?.isLearning, soon).toBe(false);
  const deploy = async (afterTrial: readonly string[]): Promise<void> => {
    const answer = await fetch(`${red.url}/flows`, {
      method: "POST",
      headers: { "content-type": "application/json", "Node-RED-Deployment-Type": "full" },
      body: JSON.stringify(flowOn(port, afterTrial)),
    });
    expect(answer.ok).toBe(true);
  };

  it("begins: all types are there, the first host tries the release", async () => {
    expect(red.found).toMatchObject({ missing: [], failed: [] });
    expect(red.found.version).toMatch(/^4\.1\./);
    await isAwake();
    await sayRelease(house, "new");
    await expect.poll(() => goalsOf(atRp4), soon).toEqual(["stage", "trial"]);
  });

  it("serves the fleet page, and tells it how the rollout stands", async () => {
    const page = await fetch(`${red.url}/nixwave`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const stop = new AbortController();
    const stream = await fetch(`${red.url}/nixwave/fleet/fleet/stream`, {
      ...{ headers: { "x-nixwave": "1" }, signal: stop.signal },
    });
    const first = await stream.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(
      /^event: sight\ndata: .*Progressing/,
    );
    stop.abort();
  });

  it("is killed in the middle of the trial and starts again, which costs no revert", async () => {
    await red.end("kill");
    red = await start(userDir, flowFile);
    await isAwake();
    expect(goalsOf(atRp4)).toEqual(["stage", "trial"]);
  });

  it("is deployed anew in the middle of the trial: the step is said again and kept, and the next host follows", async () => {
    await deploy(["keep"]);
    await expect.poll(() => goalsOf(atRp4), soon).toContain("commit");
    await expect.poll(() => goalsOf(atNuc), soon).toContain("commit");
    expect([...goalsOf(atRp4), ...goalsOf(atNuc)]).not.toContain("revert");
  });
});
