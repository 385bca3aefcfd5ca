import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseProbes } from "../../agent/probe/probe-config.ts";
import type { ProbePorts, Systemctl } from "../../agent/probe/probe-ports.ts";
import { runProbes } from "../../agent/probe/run-probes.ts";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { parseHostName } from "../../src/contract/index.ts";
import { startAedes, startMosquitto } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";

const nothing: ProbePorts = {
  host: parseHostName("rp4"),
  ...{ systemctl: null, broker: null, cache: null, commandEnv: { PATH: "/usr/bin:/bin" } },
};
const quick = { timeout: "400ms", within: "900ms" };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function run(value: object, ports: Partial<ProbePorts> = {}, stop = new AbortController()) {
  const faults: string[] = [];
  const plans = parseProbes([{ ...quick, ...value }], faults);
  expect(faults).toEqual([]);
  const { isPassed, probes } = await runProbes(plans, { ...nothing, ...ports }, stop.signal);
  const [probe] = probes;
  if (probe === undefined) throw new Error("no probe was run");
  expect(isPassed).toBe(probe.state === "passed");
  return probe;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as { port: number }).port;
}
const tcp = (onSocket: (socket: Socket) => void) => listen(createServer(onSocket));
const http = async (onRequest: RequestListener) =>
  `http://127.0.0.1:${await listen(createHttpServer(onRequest))}/`;
const silent = (): void => undefined;
const broker = (port: number, password: string | null = null) => ({
  broker: { url: parseBrokerUrl(`mqtt://127.0.0.1:${port}`), password },
});

describe("a TCP probe", () => {
  it("passes when somebody accepts", async () => {
    const port = await tcp(silent);
    expect((await run({ kind: "tcp", host: "127.0.0.1", port })).state).toBe("passed");
  });

  it("fails where nobody listens, and says what it saw", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, "close");
    const probe = await run({ kind: "tcp", host: "127.0.0.1", port });
    expect(probe.state).toBe("failed");
    expect(probe.message).toContain("ECONNREFUSED");
  });

  it("fails for a name that nobody has", async () => {
    const probe = await run({ kind: "tcp", host: "nobody.invalid", port: 1, retries: 0 });
    expect(probe.state).toBe("failed");
  });
});

describe("an HTTP probe", () => {
  it("opens a new connection for every try", async () => {
    const ports = new Set<number | undefined>();
    const url = await http((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(ports.size < 3 ? 503 : 200).end();
    });
    const probe = await run({ kind: "http", url });
    expect(probe).toMatchObject({ state: "passed", message: "status 200 (3 tries)" });
    expect(ports.size).toBe(3);
  });

  it("takes a redirect as an answer and does not follow it", async () => {
    const url = await http((_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    });
    expect((await run({ kind: "http", url })).message).toBe("status 302");
    const strict = await run({ kind: "http", url, status: 200, retries: 0 });
    expect(strict).toMatchObject({ state: "failed", message: "status 302, not 200" });
  });

  it("fails on status 500", async () => {
    const url = await http((_request, response) => void response.writeHead(500).end());
    const probe = await run({ kind: "http", url, retries: 1 });
    expect(probe).toMatchObject({
      state: "failed",
      message: "status 500, not 200 to 399 (2 tries)",
    });
  });

  it("looks for a text in the page", async () => {
    const url = await http((_request, response) => void response.end("the house is well"));
    expect((await run({ kind: "http", url, contains: "is well" })).state).toBe("passed");
    const probe = await run({ kind: "http", url, contains: "is ill", retries: 0 });
    expect(probe).toMatchObject({ state: "failed", message: "status 200, without the text" });
  });

  it("gives up a server that hangs", async () => {
    const url = await http(silent);
    expect(await run({ kind: "http", url, retries: 0 })).toMatchObject({
      state: "failed",
      message: "no answer within 0.4 s",
    });
  });

  it("gives up a server that trickles", async () => {
    const url = await http((_request, response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.once("close", () => clearInterval(drip));
    });
    const probe = await run({ kind: "http", url, contains: "never", retries: 0 });
    expect(probe.message).toBe("no answer within 0.4 s");
  });

  it("gives up a page without an end after its first MiB", async () => {
    const page = Buffer.alloc(256 * 1024, "x");
    const url = await http((_request, response) => {
      const more = (): void => {
        while (response.write(page));
      };
      response.on("drain", more);
      more();
    });
    const probe = await run({
      kind: "http",
      url,
      contains: "y",
      retries: 0,
      timeout: "10s",
      within: "10s",
    });
    expect(probe.message).toBe("status 200, without the text");
  });
});

describe("a command probe", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-probe-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const script = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const patient = { timeout: "10s", within: "10s", retries: 0 };

  it("passes with exit 0 and shows the last line", async () => {
    const program = await script("picture", "echo taking; echo 'picture taken'");
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toEqual({ name: "picture", state: "passed", message: "exit 0: picture taken" });
  });

  it("fails with any other exit status and shows why", async () => {
    const program = await script("dark", "echo 'no camera' >&2; exit 7");
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toMatchObject({ state: "failed", message: "exit 7: no camera" });
  });

  it("gives arguments as they are: no shell reads them", async () => {
    const program = ["/bin/echo", "$HOME; exit 1"];
    expect((await run({ kind: "command", program, ...patient })).message).toBe(
      "exit 0: $HOME; exit 1",
    );
  });

  it("has no environment but its own", async () => {
    const probe = await run(
      { kind: "command", program: "/usr/bin/env", ...patient },
      { commandEnv: { ONLY: "this" } },
    );
    expect(probe.message).toBe("exit 0: ONLY=this");
  });

  it("that hangs is ended with everything it started", async () => {
    const pids = join(folder, "pids");
    const program = await script("hangs", `sleep 1000 & echo $! > ${pids}; wait`);
    const probe = await run({ kind: "command", program, retries: 0 });
    expect(probe.message).toBe("no answer within 0.4 s");
    await expectGone(pids);
  });

  it("that leaves a child behind, with the output in its hand, is over all the same", async () => {
    const pids = join(folder, "left");
    const program = await script("leaves", `sleep 1000 & echo $! > ${pids}; echo done`);
    const probe = await run({ kind: "command", program, ...patient });
    expect(probe).toMatchObject({ state: "passed", message: "exit 0: done" });
    await expectGone(pids);
  });

  it("may print megabytes", async () => {
    const program = await script("loud", "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo end");
    expect((await run({ kind: "command", program, ...patient })).message).toBe("exit 0: end");
  });

  it("that is not there has failed", async () => {
    const probe = await run({ kind: "command", program: join(folder, "absent"), ...patient });
    expect(probe.state).toBe("failed");
    expect(probe.message).toContain("ENOENT");
  });
});

/** Gone, or a zombie that nobody has reaped yet. */
async function expectGone(file: string): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const pid = (await readFile(file, "utf8")).trim();
  await expect
    .poll(async () => {
      const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") X");
      return /\) ([A-Z])/.exec(status)?.[1];
    })
    .toMatch(/[XZ]/);
}

describe("a broker probe", () => {
  it("is unknown where no broker is configured", async () => {
    expect((await run({ kind: "broker" })).state).toBe("unknown");
  });

  it("fails on a port that accepts and says nothing", async () => {
    const port = await tcp(silent);
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe).toMatchObject({ state: "failed", message: "no answer within 0.4 s" });
  });

  it("fails on a port that speaks something else", async () => {
    const port = await tcp((socket) => void socket.write("SSH-2.0-OpenSSH_9.9\r\n"));
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe.message).toBe("answers, but not as an MQTT broker");
  });

  it("fails on a port that closes", async () => {
    const port = await tcp((socket) => void socket.end());
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe.message).toMatch(/closed the connection|ECONNRESET|EPIPE/);
  });

  it("passes when a broker answers, over TCP and over WebSocket", async () => {
    for (const protocol of ["mqtt", "ws"]) {
      const home = await startAedes(protocol === "ws" ? { webSocket: {} } : {});
      closers.push(() => home.stop());
      const url = parseBrokerUrl(`${protocol}://127.0.0.1:${home.port}`);
      const probe = await run({ kind: "broker" }, { broker: { url, password: null } });
      expect(probe).toMatchObject({ state: "passed", message: "let us in" });
    }
  });

  it("fails when the broker refuses this host's login", async () => {
    const home = await startAedes();
    closers.push(() => home.stop());
    const users: (string | undefined)[] = [];
    home.aedes.authenticate = (client, user, password, done) => {
      users.push(`${user}/${client.id.replace(/[0-9a-f]{8}$/, "")}`);
      done(null, password?.toString() === "right");
    };
    const wrong = await run({ kind: "broker", retries: 0 }, broker(home.port, "wrong"));
    expect(wrong.message).toMatch(/^refused this host's login \(CONNACK [45]\)$/);
    expect((await run({ kind: "broker" }, broker(home.port, "right"))).state).toBe("passed");
    expect(new Set(users)).toEqual(new Set(["rp4/rp4-probe-"]));
  });
});

describe.skipIf(needs("mosquitto").skip)("a broker probe against mosquitto", () => {
  it("is let in, and fails once the broker is gone", async () => {
    const home = await startMosquitto();
    const ports = broker(home.port);
    expect((await run({ kind: "broker" }, ports)).message).toMatch(/^let us in/);
    await home.stop();
    expect((await run({ kind: "broker", retries: 0 }, ports)).state).toBe("failed");
  });
});

describe("a cache probe", () => {
  it.each([
    ["StoreDir: /nix/store\nPriority: 40\n", 200, "passed", "reachable"],
    ["StoreDir: /gnu/store\n", 200, "failed", "not that of a binary cache"],
    ["<html>Welcome to the hotel</html>", 200, "failed", "not that of a binary cache"],
    ["", 401, "failed", "status 401"],
  ])("judges the answer %j (%i)", async (body, status, state, message) => {
    const url = await http((request, response) => {
      response.writeHead(request.url === "/nix-cache-info" ? status : 404).end(body);
    });
    const probe = await run({ kind: "cache", retries: 0 }, { cache: { url, authorization: null } });
    expect(probe.state).toBe(state);
    expect(probe.message).toContain(message);
  });
});

describe("a probe of units", () => {
  const calls: string[][] = [];
  const systemctl =
    (...answers: string[]): Systemctl =>
    async (args) => {
      calls.push([...args]);
      return { exitCode: 0, stdout: answers.shift() ?? "", stderr: "" };
    };
  const block = (active: string, restarts: number) =>
    `NRestarts=${restarts}\nActiveState=${active}\nSubState=x\n`;
  const units = { kind: "units", units: ["a.service"], settle: "10ms", retries: 0 };

  it.each([
    ["active and quiet", [block("active", 3), block("active", 3)], "passed", "active"],
    [
      "restarting behind an active face",
      [block("active", 3), block("active", 4)],
      "failed",
      "restarting: a.service",
    ],
    ["inactive", [block("inactive", 0)], "failed", "a.service is inactive (x)"],
    [
      "active, then failed",
      [block("active", 0), block("failed", 0)],
      "failed",
      "a.service is failed (x)",
    ],
    ["not spoken of", ["", ""], "failed", "a.service is unknown (unknown)"],
  ])("%s", async (_name, answers, state, message) => {
    expect(await run(units, { systemctl: systemctl(...answers) })).toMatchObject({
      state,
      message,
    });
    expect(calls.at(-1)?.slice(-2)).toEqual(["--", "a.service"]);
  });

  it("is unknown where no systemd runs, and where systemctl fails", async () => {
    expect((await run(units)).state).toBe("unknown");
    const broken: Systemctl = async () => ({ exitCode: 1, stdout: "", stderr: "no bus" });
    const probe = await run(units, { systemctl: broken });
    expect(probe).toMatchObject({ state: "unknown", message: "systemctl failed: no bus" });
  });
});

describe("probes together", () => {
  it("are stopped as unknown, never as passed", async () => {
    const port = await tcp(silent);
    const stop = new AbortController();
    const asked = run({ kind: "broker", timeout: "1m", within: "2m" }, broker(port), stop);
    stop.abort();
    expect((await asked).state).toBe("unknown");
  });

  it("pass only when each of them passed", async () => {
    const port = await tcp(silent);
    const up = { kind: "tcp", host: "127.0.0.1", port };
    const plans = parseProbes([up, { kind: "cache", retries: 0 }], []);
    const { isPassed, probes } = await runProbes(plans, nothing, new AbortController().signal);
    expect(probes.map(({ state }) => state)).toEqual(["passed", "unknown"]);
    expect(isPassed).toBe(false);
  });
});
