import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type BrokerUrl, parseBrokerUrl } from "../../src/bus/index.ts";
import type { Reported } from "../../src/contract/index.ts";
import { freePort, startAedes } from "../support/brokers.ts";
import { ordered, releasedOn } from "../support/contract-builders.ts";
import { onEachBroker } from "../support/each-broker.ts";
import { openBuses, soon } from "../support/open-buses.ts";

const AGENT = fileURLToPath(new URL("../../agent/main.ts", import.meta.url));
const key = (name: string): string => `${name}:${randomBytes(32).toString("base64")}`;

const buses = openBuses();

/** A folder that stands for rp4, and the agents that were started there. */
class Place {
  readonly root = mkdtempSync(join(tmpdir(), "nixwave-agent-"));
  readonly #children: ChildProcess[] = [];

  configure(fields: Record<string, unknown>): string {
    const file = join(this.root, "agent.json");
    const config = {
      ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main", root: this.root },
      ...{ system: "aarch64-linux", releaseKeys: [key("ci-1")], hubKeys: [key("hub-1")] },
      ...{ substituters: ["http://127.0.0.1:9"], cacheKeys: [key("cache-1")], ...fields },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  start(...args: readonly string[]): Running {
    const child = spawn(process.execPath, [AGENT, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#children.push(child);
    return new Running(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}

class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  readonly lines: string[] = [];
  readonly #ready = Promise.withResolvers<void>();

  constructor(child: ChildProcess) {
    this.child = child;
    this.ended = once(child, "close");
    if (!child.stderr) throw new Error("its words are not to be heard");
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.lines.push(line);
      if (line.startsWith("ready: ")) this.#ready.resolve();
    });
    void this.ended.then(() => this.#ready.reject(new Error(this.lines.join("\n"))));
    this.#ready.promise.catch(() => undefined);
  }

  ready(): Promise<void> {
    return this.#ready.promise;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    await this.ended;
    return this.child.exitCode;
  }
}

onEachBroker("the agent's process", buses, ({ broker, open }) => {
  const watching = async (): Promise<Reported[]> => {
    const reports: Reported[] = [];
    const operator = await open();
    await operator.subscribe({ kind: "reported" }, ({ payload }) => reports.push(payload));
    return reports;
  };

  it("has an order judged by the activator and publishes what it said", async () => {
    await using place = new Place();
    const reports = await watching();
    const agent = place.start("--config", place.configure({ broker: broker().url }));
    await agent.ready();
    const hub = await open({ clientId: "hub-test" });
    // Signed by nobody whom this host trusts.
    await publishDesired(hub);
    await expect.poll(() => reports.at(-1)?.refusal?.code, soon).toBe("signature-invalid");
    expect(agent.lines.join("\n")).toContain("SIMULATED");
    expect(agent.lines.join("\n")).toContain("refused: signature-invalid");
    expect(await agent.end("SIGTERM")).toBe(0);
  });

  it("says the same again after SIGKILL and a new start, under a new session", async () => {
    await using place = new Place();
    const reports = await watching();
    const config = place.configure({ broker: broker().url });
    const first = place.start("--config", config);
    await first.ready();
    await publishDesired(await open({ clientId: "hub-test" }));
    await expect.poll(() => reports.at(-1)?.refusal?.code, soon).toBe("signature-invalid");
    await first.end("SIGKILL");
    const session = reports.at(-1)?.session;
    const second = place.start("--config", config);
    await second.ready();
    await expect.poll(() => reports.at(-1)?.session, soon).not.toBe(session);
    expect(reports.at(-1)?.refusal?.code).toBe("signature-invalid");
    expect(await second.end("SIGINT")).toBe(0);
  });
});

async function publishDesired(hub: Awaited<ReturnType<typeof buses.opened>>): Promise<void> {
  const bytes = Buffer.from(ordered(releasedOn(0, "next")));
  const payload = JSON.parse(bytes.toString("utf8")) as never;
  await hub.retain({ kind: "desired", host: "rp4" as never }, payload);
}

describe("the agent's process without a broker", () => {
  it("tries on, and ends in order when it is told to before there was any connection", async () => {
    await using place = new Place();
    const port = await freePort();
    const agent = place.start("--config", place.configure({ broker: urlAt(port) }));
    await expect.poll(() => agent.lines.join("\n"), soon).toContain("not connected: broker-unre");
    expect(await agent.end("SIGTERM")).toBe(0);
  });

  it("reports as soon as the broker is there", async () => {
    await using place = new Place();
    const port = await freePort();
    const agent = place.start("--config", place.configure({ broker: urlAt(port) }));
    await expect.poll(() => agent.lines.join("\n"), soon).toContain("not connected: broker-unre");
    const broker = await startAedes({ port });
    await agent.ready();
    expect(await agent.end("SIGTERM")).toBe(0);
    await broker.stop();
  });

  const urlAt = (port: number): BrokerUrl => parseBrokerUrl(`mqtt://127.0.0.1:${port}`);
});

describe("the agent's command line", () => {
  it("names every fault of the configuration, and how to go on", async () => {
    await using place = new Place();
    const agent = place.start("--config", place.configure({ broker: "tcp:nuc", mode: "bold" }));
    await agent.ended;
    expect(agent.child.exitCode).toBe(1);
    const said = agent.lines.join("\n");
    expect(said).toMatch(
      /^error\[agent-config-invalid\]: .* has 2 faults:\n {2}"mode": .*\n {2}"broker": /,
    );
  });

  it("asks for a configuration", async () => {
    await using place = new Place();
    const agent = place.start();
    await agent.ended;
    expect(agent.lines.join("\n")).toContain("error[wrong-usage]: --config FILE is missing");
  });

  it("refuses a password that other users can read", async () => {
    await using place = new Place();
    const passwordFile = join(place.root, "password");
    writeFileSync(passwordFile, "secret", { mode: 0o644 });
    const config = place.configure({ broker: "mqtt://127.0.0.1:1", passwordFile });
    const agent = place.start("--config", config);
    await agent.ended;
    expect(agent.lines.join("\n")).toMatch(/error\[secret-exposed\]: .*chmod go= /);
  });
});
