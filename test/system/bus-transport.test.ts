import { execFile, spawnSync } from "node:child_process";
import { unsubscribe as offChannel, subscribe as onChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { DEFAULT_BASE, parseHoldSource } from "../../src/contract/index.ts";
import { isCi } from "../../tools/system-parts.ts";
import { startAedes, startMosquitto } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { openBuses, soon } from "../support/open-buses.ts";
import { needs } from "../support/system-parts.ts";

const holdState = { kind: "holdState", source: parseHoldSource("wall") } as const;
const { opened, started, afterwards } = openBuses();

describe("memory", () => {
  it("is not spent on the number cache of the packet writer", async () => {
    const broker = await started(startAedes());
    const here = createRequire(import.meta.url);
    const { writeToStream } = createRequire(here.resolve("mqtt"))("mqtt-packet");
    writeToStream.cacheNumbers = true;
    await opened({ broker: broker.url });
    expect(writeToStream.cacheNumbers).toBe(false);
  });
});

describe("what a connection loads", () => {
  /** The parts of Node.js that a process of its own has loaded once it is connected to `url`. */
  const loadedFor = async (url: string): Promise<string[]> => {
    const program = `
      import { openBus, parseBrokerUrl } from "./src/bus/index.ts";
      const bus = await openBus({ broker: parseBrokerUrl("${url}"), clientId: "light" });
      await bus.subscribe({ kind: "hubStatus" }, () => undefined);
      console.log(process.moduleLoadList.join("\\n"));
      await bus.close();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    );
    return stdout.split("\n").filter((line) => /^NativeModule (?:tls|http|https)$/.test(line));
  };

  it("is neither TLS nor HTTP when the broker's URL asks for neither", async () => {
    const plain = await started(startAedes());
    expect(await loadedFor(plain.url)).toEqual([]);
    const { port } = await started(startAedes({ webSocket: {} }));
    expect(await loadedFor(`ws://127.0.0.1:${port}`)).toContain("NativeModule http");
  });
});

describe("no-delay", () => {
  const PERL = `use Socket qw(IPPROTO_TCP TCP_NODELAY); open(my $s, "<&=", 0) or die;
    print unpack("i", getsockopt($s, IPPROTO_TCP, TCP_NODELAY) // die);`;
  /** Asks the kernel through a child that inherits the socket; Node.js can set but not read the option. */
  const noDelayOf = (socket: Socket): boolean => {
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const asked = spawnSync("perl", ["-e", PERL], { stdio: [fd, "pipe", "pipe"] });
    if (asked.status !== 0) throw new Error(`perl: ${asked.stderr}`);
    return asked.stdout.toString() !== "0";
  };
  const hasPerl = spawnSync("perl", ["-v"]).status === 0;
  if (!hasPerl && isCi(process.env["CI"])) throw new Error("CI skips no tests; missing: perl");
  if (!hasPerl) process.stderr.write("not run here, missing: perl (asks a socket for no-delay)\n");

  it.skipIf(!hasPerl)(
    "is on for every socket of a bus, also after it came back, and asking works",
    async () => {
      let broker = await started(startAedes());
      const answers: boolean[] = [];
      const watch = (message: unknown): void => {
        const { socket } = message as { socket: Socket };
        socket.once("connect", () => answers.push(noDelayOf(socket)));
      };
      onChannel("net.client.socket", watch);
      afterwards(async () => offChannel("net.client.socket", watch));
      const bus = await opened({ broker: broker.url });
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      expect(answers).toEqual([true, true]); // the bus and its reader
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      broker = await started(startAedes({ port: broker.port }));
      await expect.poll(() => bus.connected, soon).toBe(true);
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      expect(answers).toEqual([true, true, true, true]);
      const { connect: connectTcp } = await import("node:net");
      const control = connectTcp({ host: "127.0.0.1", port: broker.port });
      await once(control, "connect");
      expect(noDelayOf(control)).toBe(false);
      control.destroy();
    },
  );
});

describe("WebSocket", () => {
  it("carries the bus", async () => {
    const { port } = await started(startAedes({ webSocket: {} }));
    const bus = await opened({ broker: parseBrokerUrl(`ws://127.0.0.1:${port}/mqtt`) });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await bus.snapshot("holdState", { timeoutMs: 5000 })).toHaveLength(1);
  });
});

describe.skipIf(needs("mosquitto", "openssl").skip)("TLS", () => {
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let rogue: typeof authority;
  const files = (): Record<string, string> => ({
    ca: authority.ca,
    cert: authority.server.cert,
    key: authority.server.key,
  });
  const tlsLines = "cafile $DIR/ca\ncertfile $DIR/cert\nkeyfile $DIR/key\n";
  const open = "listener $PORT 127.0.0.1\nallow_anonymous true\n";
  const own = (from: typeof authority) => ({ ca: authority.ca, ...from.client });
  const codeOf = async (options: Parameters<typeof opened>[0]): Promise<string> =>
    await opened(options).then(
      () => "connected",
      (error) => error.code as string,
    );

  beforeAll(async () => {
    [authority, rogue] = await Promise.all([makeAuthority("rp3"), makeAuthority("rp3")]);
  });
  afterAll(() => expect(authority.ca).not.toBe(rogue.ca));

  it("carries the bus by name and by address", async () => {
    const { port } = await started(
      startMosquitto({ config: `${open}${tlsLines}`, files: files() }),
    );
    for (const host of ["localhost", "127.0.0.1"]) {
      const broker = parseBrokerUrl(`mqtts://${host}:${port}`);
      const bus = await opened({ broker, tls: { ca: authority.ca } });
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    }
  });

  it("lets in the client whose certificate the broker's CA signed, as the user it names", async () => {
    const acl = `user rp3\ntopic readwrite ${DEFAULT_BASE}/control/#\n`;
    const identity = "require_certificate true\nuse_identity_as_username true\nacl_file $DIR/acl\n";
    const config = `${open}${tlsLines}${identity}`;
    const { port } = await started(startMosquitto({ config, files: { ...files(), acl } }));
    const broker = parseBrokerUrl(`mqtts://localhost:${port}`);
    const bus = await opened({ broker, tls: own(authority) });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await codeOf({ broker, tls: { ca: authority.ca } })).toBe("tls-certificate-refused");
    expect(await codeOf({ broker, tls: own(rogue) })).toBe("tls-certificate-refused");
  });

  it("trusts no broker by another CA, nor one without TLS", async () => {
    const { port } = await started(
      startMosquitto({ config: `${open}${tlsLines}`, files: files() }),
    );
    const broker = parseBrokerUrl(`mqtts://localhost:${port}`);
    expect(await codeOf({ broker, tls: { ca: rogue.ca } })).toBe("tls-untrusted");
    expect(await codeOf({ broker })).toBe("tls-untrusted");
    const plain = await started(startAedes());
    const wrong = parseBrokerUrl(`mqtts://localhost:${plain.port}`);
    expect(await codeOf({ broker: wrong, tls: { ca: authority.ca } })).toMatch(
      /^(?:tls-failed|broker-)/,
    );
  });

  it("carries WebSocket", async () => {
    const { port } = await started(startAedes({ webSocket: authority.server }));
    const broker = parseBrokerUrl(`wss://localhost:${port}`);
    const bus = await opened({ broker, tls: { ca: authority.ca } });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await codeOf({ broker, tls: { ca: rogue.ca } })).toBe("tls-untrusted");
  });
});
