import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { checkTokens, postAway } from "../../agent/talk/post-away.ts";
import { freePort } from "../support/brokers.ts";
import { NtfyDouble } from "../support/ntfy-double.ts";
import { soon } from "../support/open-buses.ts";

const AGENT = fileURLToPath(new URL("../../agent/main.ts", import.meta.url));
const TOPIC = "k4TzQ9-of-chance";
const TOKEN = "tk_of_the_witness";

const key = (name: string): string => `${name}:${randomBytes(32).toString("base64")}`;

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** What the witness looks at, on the same port each time. */
async function machineAt(port: number): Promise<Server> {
  const machine = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  await once(machine, "listening");
  ends.push(() => gone(machine));
  return machine;
}

async function gone(machine: Server): Promise<void> {
  if (!machine.listening) return;
  machine.close();
  await once(machine, "close");
}

/** @returns what it said so far */
async function witnessOf(port: number, server: string): Promise<() => string> {
  const root = mkdtempSync(join(tmpdir(), "nixwave-away-"));
  ends.push(() => rmSync(root, { recursive: true, force: true }));
  const tokenFile = join(root, "token");
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const file = join(root, "agent.json");
  const probe = { kind: "tcp", host: "127.0.0.1", port, retries: 0 };
  const away = { server, topic: TOPIC, tokenFile, after: "10s" };
  const config = {
    ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main", root },
    ...{ system: "aarch64-linux", releaseKeys: [key("ci-1")], hubKeys: [key("hub-1")] },
    ...{ substituters: ["http://127.0.0.1:9"], cacheKeys: [key("cache-1")] },
    broker: `mqtt://127.0.0.1:${await freePort()}`, // nobody is there: it went with nuc
    witness: [{ host: "nuc", every: "5s", probes: [probe], away }],
  };
  writeFileSync(file, JSON.stringify(config));
  const agent = spawn(process.execPath, [AGENT, "--config", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  ends.push(() => ended(agent));
  let said = "";
  agent.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  return () => said;
}

async function ended(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  agent.kill("SIGTERM");
  await once(agent, "exit");
}

it("a witness tells the server elsewhere once that a machine stays away, and that it is back, without any broker", async () => {
  const elsewhere = await new NtfyDouble({
    everyone: {},
    tokens: { [TOKEN]: { [TOPIC]: ["write"] } },
  }).start();
  ends.push(() => elsewhere[Symbol.asyncDispose]());
  const port = await freePort();
  const machine = await machineAt(port);
  const seen = once(machine, "connection");
  const said = await witnessOf(port, elsewhere.url);
  await seen;
  elsewhere.refuse(503, 1);
  await gone(machine);
  const patient = { ...soon, timeout: 40_000 };
  await expect.poll(() => elsewhere.sent(TOPIC).length, patient).toBe(1);
  expect(elsewhere.requests).toEqual(["POST /", "POST /"]);
  expect(said()).toContain("nuc stays away: the server elsewhere was not told (it answered 503)");
  expect(elsewhere.sent(TOPIC)[0]).toMatchObject({
    ...{ title: "The hub has not come back", priority: 5, tags: ["rotating_light"] },
    message: expect.stringMatching(/^Its machine was last reached at \d\d:\d\d\. Look at/),
  });
  expect(JSON.stringify(elsewhere.sent(TOPIC))).not.toMatch(/nuc|rp4|homelab/);
  await machineAt(port);
  await expect.poll(() => elsewhere.sent(TOPIC).length, patient).toBe(2);
  // In the place of the first, on a server that can.
  expect(elsewhere.shown(TOPIC)).toMatchObject([{ title: "The hub is back", priority: 3 }]);
  expect(said()).not.toContain("ready: ");
});

const never = new AbortController().signal;

it("a word that never left this host is known from one that was perhaps heard", async () => {
  const plan = { server: `http://127.0.0.1:${await freePort()}/`, tokenFile: null };
  const unheard = await postAway(plan, {}, never);
  expect(unheard).toMatchObject({ answer: { kind: "later", isPerhapsTaken: false } });
  expect(unheard.why).toContain("ECONNREFUSED");
  const hangsUp = createServer((socket) => socket.on("data", () => socket.destroy()));
  hangsUp.listen(0, "127.0.0.1");
  await once(hangsUp, "listening");
  ends.push(() => gone(hangsUp));
  const { port } = hangsUp.address() as AddressInfo;
  const perhaps = await postAway({ ...plan, server: `http://127.0.0.1:${port}/` }, {}, never);
  expect(perhaps).toMatchObject({ answer: { kind: "later", isPerhapsTaken: true } });
});

it.each([
  [429, "90", { kind: "later", isPerhapsTaken: false, afterMs: 90_000 }],
  [503, null, { kind: "later", isPerhapsTaken: false, afterMs: null }],
  [403, null, { kind: "later", isPerhapsTaken: false, afterMs: null }],
  [302, null, { kind: "later", isPerhapsTaken: false, afterMs: null }],
  [400, null, { kind: "refused" }],
])(
  "a server elsewhere that answers %i, with %s s to wait, is understood",
  async (status, wait, answer) => {
    const elsewhere = await new NtfyDouble().start();
    ends.push(() => elsewhere[Symbol.asyncDispose]());
    elsewhere.refuse(status, 1, wait);
    const plan = { server: elsewhere.url, tokenFile: null };
    const posted = await postAway(plan, { topic: TOPIC }, never);
    expect(posted).toEqual({ answer, why: `it answered ${status}` });
    expect(elsewhere.requests).toHaveLength(1);
  },
);

it("a token that others can read is not sent, and is spoken of before it is needed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-away-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, TOKEN, { mode: 0o644 });
  const elsewhere = await new NtfyDouble().start();
  ends.push(() => elsewhere[Symbol.asyncDispose]());
  const plan = { server: elsewhere.url, tokenFile };
  expect((await postAway(plan, {}, never)).why).toContain("secret-exposed: other users can read");
  expect(elsewhere.requests).toEqual([]);
  const lines: string[] = [];
  await checkTokens([plan, { tokenFile: null }], (line) => lines.push(line));
  expect(lines).toEqual([expect.stringContaining("chmod go=")]);
});
