import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { Aedes, type AedesOptions } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { type BrokerUrl, parseBrokerUrl } from "../../src/bus/index.ts";

/** A real broker on a free port of this machine. */
export interface TestBroker {
  readonly port: number;
  readonly url: BrokerUrl;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it like a power cut: SIGKILL, or every socket destroyed at once. */
  kill(): Promise<void>;
}

const START_MS = 15_000;

/** Below the kernel's range for outgoing connections, which would take a port between choosing and listening. */
const PORTS = { from: 20_000, below: 32_000 } as const;
const given = new Set<number>();

/** A port that was free a moment ago, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}

const urlOf = (port: number): BrokerUrl => parseBrokerUrl(`mqtt://127.0.0.1:${port}`);

interface AedesStart {
  readonly port?: number;
  readonly aedes?: AedesOptions;
  /** WebSocket instead of plain TCP; with certificate and key over TLS. */
  readonly webSocket?: { readonly cert?: string; readonly key?: string };
}

/** A bare aedes without any rule, in this process. */
export async function startAedes(
  options: AedesStart = {},
): Promise<TestBroker & { readonly aedes: Aedes }> {
  const aedes = await Aedes.createBroker(options.aedes);
  const sockets = new Set<Socket>();
  const server = options.webSocket
    ? webSocketServer(options.webSocket, (stream) => void aedes.handle(stream as Socket))
    : createServer((socket) => void aedes.handle(socket));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const end = async (): Promise<void> => {
    const closed = server.listening ? once(server, "close") : Promise.resolve();
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await closed;
  };
  return { port, url: urlOf(port), aedes, stop: end, kill: end };
}

function webSocketServer(
  { cert, key }: { readonly cert?: string; readonly key?: string },
  onStream: (stream: Duplex) => void,
): Server {
  const server = cert && key ? createHttpsServer({ cert, key }) : createHttpServer();
  new WebSocketServer({ server }).on("connection", (socket) =>
    onStream(createWebSocketStream(socket)),
  );
  return server;
}

/** Resolves when something accepts connections there; throws when the process ends before. */
async function untilListening(
  child: ChildProcess,
  port: number,
  said: () => string,
): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const socket = connectTcp({ host: "127.0.0.1", port });
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
  child.kill("SIGKILL");
  throw new Error(`${child.spawnfile} does not listen on ${port}:\n${said()}`);
}

async function startProcess(
  command: string,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<TestBroker> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  let output = "";
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exited = once(child, "exit");
  const onExit = (): void => void child.kill("SIGKILL");
  process.once("exit", onExit);
  await untilListening(child, port, () => output);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.off("exit", onExit);
    child.kill(signal);
    await exited;
  };
  return {
    port,
    url: urlOf(port),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Runs `start` in a folder of its own, which disappears with the broker. */
async function inFolder(
  name: string,
  start: (folder: string) => Promise<TestBroker>,
): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), `nixwave-${name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const broker = await start(folder);
    return {
      ...broker,
      stop: () => broker.stop().then(remove),
      kill: () => broker.kill().then(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface MosquittoOptions {
  /**
   * The configuration, complete; `$PORT` and `$DIR` stand for the free port and for the broker's
   * folder. Without it: one anonymous listener and nothing else, as mosquitto is when just installed.
   */
  readonly config?: string;
  /** More files for the folder, e.g. an ACL. */
  readonly files?: Readonly<Record<string, string>>;
  readonly port?: number;
}

const OPEN_MOSQUITTO = "listener $PORT 127.0.0.1\nallow_anonymous true\n";

export async function startMosquitto(options: MosquittoOptions = {}): Promise<TestBroker> {
  const port = options.port ?? (await freePort());
  return await inFolder("mosquitto", async (folder) => {
    const fill = (text: string): string =>
      text.replaceAll("$PORT", String(port)).replaceAll("$DIR", folder);
    // Started by root, mosquitto becomes the user "mosquitto", who cannot read the folder.
    const config = `user ${process.getuid?.() === 0 ? "root" : ""}\n`.replace(/^user \n/, "");
    for (const [name, content] of Object.entries(options.files ?? {})) {
      await writeFile(join(folder, name), fill(content), { mode: 0o600 });
    }
    const file = join(folder, "mosquitto.conf");
    await writeFile(file, `${config}${fill(options.config ?? OPEN_MOSQUITTO)}\n`);
    return await startProcess("mosquitto", ["-c", file], port, folder);
  });
}

/** NATS speaks MQTT only with JetStream and a server name. */
export async function startNats(options: { readonly port?: number } = {}): Promise<TestBroker> {
  const port = options.port ?? (await freePort());
  const natsPort = await freePort();
  return await inFolder("nats", async (folder) => {
    const file = join(folder, "nats.conf");
    const config = [
      `server_name: nixwave_test`,
      `listen: "127.0.0.1:${natsPort}"`,
      `jetstream { store_dir: ${JSON.stringify(join(folder, "jetstream"))} }`,
      `mqtt { listen: "127.0.0.1:${port}" }`,
    ];
    await writeFile(file, `${config.join("\n")}\n`);
    return await startProcess("nats-server", ["-c", file], port, folder);
  });
}
