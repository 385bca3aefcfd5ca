import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import {
  formatPublicKey,
  formatSecretKey,
  parseKeyName,
  parseSecretKey,
} from "../../src/contract/index.ts";
import { freePort } from "../support/brokers.ts";

const NIXWAVE = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const HOSTS = ["--host", "rp4", "--host", "nuc", "--carrier", "nuc"];

let folder: string;
function inFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-hub-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
}

interface Running {
  readonly editor: string;
  readonly mqtt: string;
  /** Everything it said, standard output and error. */
  said(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

async function startHub(
  more: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Running> {
  const [editorPort, mqttPort] = [await freePort(), await freePort()];
  const ports = ["--editor", String(editorPort), "--mqtt", String(mqttPort)];
  const args = [NIXWAVE, "hub", "--state", join(folder, "hub"), ...ports, ...more];
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const isUp = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as NodeJS.ReadableStream }).on("line", (line) => {
      lines.push(line);
      if (line.includes("Node-RED on http")) isUp.resolve();
    });
  }
  const ended = once(child, "close");
  ended.then(() => isUp.reject(new Error(lines.join("\n"))), isUp.reject);
  await isUp.promise;
  return {
    editor: `http://127.0.0.1:${editorPort}`,
    mqtt: `mqtt://127.0.0.1:${mqttPort}`,
    said: () => lines.join("\n"),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const [status] = (await ended) as [number | null];
      return status;
    },
  };
}

const passwordOf = async (user: string): Promise<string> =>
  (await readFile(join(folder, "hub/passwords", user), "utf8")).trim();

async function logIn(editor: string, user: string, password: string): Promise<number> {
  const form = { client_id: "node-red-admin", grant_type: "password", scope: "*" };
  const body = new URLSearchParams({ ...form, username: user, password });
  return (await fetch(`${editor}/auth/token`, { method: "POST", body })).status;
}

describe("the first start of nixwave hub", { timeout: 60_000 }, () => {
  let first: string;
  let hub: Running;
  beforeAll(async () => {
    first = folder = await mkdtemp(join(tmpdir(), "nixwave-hub-"));
    hub = await startHub(HOSTS);
  }, 60_000);
  beforeEach(() => {
    folder = first;
  });
  afterAll(async () => {
    await hub.stop();
    await rm(first, { recursive: true, force: true });
  });

  test("gives each host an account", async () => {
    const bus = await openBus({
      broker: parseBrokerUrl(hub.mqtt),
      clientId: clientIdFor("rp4", "test"),
      username: "rp4",
      password: await passwordOf("rp4"),
    });
    await bus.close();
  });

  test("shows its editor to nobody without the password", async () => {
    expect((await fetch(`${hub.editor}/flows`)).status).toBe(401);
    expect(await logIn(hub.editor, "admin", "guess")).toBe(403);
    expect(await logIn(hub.editor, "admin", await passwordOf("editor"))).toBe(200);
  });

  test("keeps every file to its own user", async () => {
    expect((await stat(join(folder, "hub"))).mode & 0o077).toBe(0);
    for (const file of ["keys/hub.secret", "to-ci/ci-1.secret", "accounts.json", "passwords/hub"]) {
      expect((await stat(join(folder, "hub", file))).mode & 0o077, file).toBe(0);
    }
  });

  test("says what comes next, and no secret", async () => {
    expect(await hub.stop()).toBe(0);
    const said = hub.said();
    expect(said).toContain("services.nixwave.agent = {");
    expect(said).toMatch(/releaseKeys = \[ "ci-1:\S+" \]/);
    expect(said).toMatch(/hubKeys = \[ "hub-1:\S+" \]/);
    expect(said).toContain("NIXWAVE_SIGNING_KEY");
    expect(said).toMatch(
      /NIXWAVE_BROKER_USER=me\n.*NIXWAVE_BROKER_PASSWORD_FILE=\S+me\n.*nixwave status/,
    );
    expect(said).toContain("The broker listens on this machine alone");
    for (const name of ["hub", "ci", "editor", "rp4", "nuc"]) {
      expect(said).not.toContain(await passwordOf(name));
    }
  });
});

describe("nixwave hub", { timeout: 60_000 }, () => {
  inFolder();

  test("never overwrites the user's flow, and a second start makes nothing anew", async () => {
    await (await startHub(HOSTS)).stop();
    const flow = join(folder, "hub/node-red/flows.json");
    const mine = (await readFile(flow, "utf8")).replace('"label": "Home"', '"label": "My home"');
    await writeFile(flow, mine);
    const key = await readFile(join(folder, "hub/keys/hub.secret"), "utf8");
    const hub = await startHub([...HOSTS, "--host", "rp3"]);
    expect(hub.said()).not.toContain("services.nixwave.agent");
    await hub.stop("SIGINT");
    expect(hub.said()).toMatch(/warn .*--host \(NixOS: hosts\) says something else than the flow/);
    expect(hub.said()).not.toContain("--carrier");
    expect(hub.said()).toMatch(/warn .*where neither --mqtt nor --mqtt-tls .* listens/); // another port each time
    expect(await readFile(flow, "utf8")).toBe(mine);
    expect(await readFile(join(folder, "hub/keys/hub.secret"), "utf8")).toBe(key);
  });

  test("warns at each start while CI's key lies in its folder", async () => {
    await (await startHub(HOSTS)).stop();
    const second = await startHub(HOSTS);
    await second.stop(); // before that it may not have said all
    expect(second.said()).not.toContain("(NixOS: hosts)");
    expect(second.said()).toMatch(/warn .*CI's secret key still lies in .*remove it/);
    await rm(join(folder, "hub/to-ci"), { recursive: true });
    const third = await startHub();
    await third.stop();
    expect(third.said()).not.toContain("CI's secret key");
  });

  test("after SIGKILL it starts again with what it had; under journald its lines carry priorities", async () => {
    const first = await startHub(HOSTS);
    expect(await first.stop("SIGKILL")).toBeNull();
    const second = await startHub([], { JOURNAL_STREAM: "8:1" });
    expect(await second.stop()).toBe(0);
    // sd-daemon(3): journald takes each line's priority from its beginning.
    expect(second.said()).toMatch(/^<6>Node-RED on http/m);
    expect(second.said()).toMatch(/^<6>stopped$/m);
  });

  test("where init began its folder it leaves the hosts their spare key", async () => {
    await mkdir(join(folder, "hub/keys"), { recursive: true, mode: 0o700 });
    const secret = formatSecretKey(parseKeyName("hub-1"), randomBytes(32));
    await writeFile(join(folder, "hub/keys/hub.secret"), `${secret}\n`, { mode: 0o600 });
    const hub = await startHub(HOSTS);
    await hub.stop();
    expect(hub.said()).toContain(formatPublicKey(parseSecretKey(secret).publicKey));
    expect(hub.said()).not.toContain("hubKeys");
  });

  test("in another place it keeps its journal there, as a restored or copied folder has to", async () => {
    await (await startHub(HOSTS)).stop();
    const before = folder;
    folder = `${before}-moved`;
    await rename(before, folder);
    await rm(join(folder, "hub/journal"), { recursive: true });
    const second = await startHub();
    await vi.waitFor(() => stat(join(folder, "hub/journal/hub-v1.sqlite")), { timeout: 20_000 });
    await second.stop();
    await expect(stat(before)).rejects.toThrow("ENOENT");
  });
});

describe("nixwave flow", { timeout: 60_000 }, () => {
  inFolder();

  const run = async (...args: readonly string[]) => {
    const child = spawn(
      process.execPath,
      [NIXWAVE, "flow", ...args, "--state", join(folder, "hub")],
      {
        env: { ...process.env, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const [status] = (await once(child, "close")) as [number];
    return { status, stdout };
  };

  test("exports the user's flow without a secret in it, and says what was changed", async () => {
    await (await startHub(HOSTS)).stop();
    expect(await run("diff")).toEqual({ status: 0, stdout: "as it was given\n" });
    const flow = join(folder, "hub/node-red/flows.json");
    const nodes = JSON.parse(await readFile(flow, "utf8")) as Record<string, unknown>[];
    const mine = nodes
      .filter(({ type }) => type !== "nixwave-notify")
      .map((node) => (node["type"] === "nixwave-rollout" ? { ...node, soak: "1h", x: 999 } : node));
    await writeFile(flow, JSON.stringify([...mine, { id: "a", type: "debug", name: "mine" }]));
    const { status, stdout } = await run("diff");
    expect(status).toBe(1);
    expect(stdout.trim().split("\n")).toEqual([
      '~ nixwave-rollout "minimal-rollout": soak',
      '+ debug "mine"',
      '- nixwave-notify "minimal-notify"',
    ]);
    const exported = await run("export");
    expect(exported.status).toBe(0);
    for (const name of ["hub", "editor"]) {
      expect(exported.stdout).not.toContain(await passwordOf(name));
    }
    expect(exported.stdout).not.toContain(
      (await readFile(join(folder, "hub/keys/hub.secret"), "utf8")).trim(),
    );
  });
});
