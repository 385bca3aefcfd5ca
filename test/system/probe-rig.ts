import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect } from "vitest";
import { parseProbes } from "../../agent/probe/probe-config.ts";
import type { ProbePorts } from "../../agent/probe/probe-ports.ts";
import { runProbes } from "../../agent/probe/run-probes.ts";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { parseHostName } from "../../src/contract/index.ts";

export const nothing: ProbePorts = {
  host: parseHostName("rp4"),
  ...{ systemctl: null, broker: async () => null, cache: async () => null },
  commandEnv: { PATH: "/usr/bin:/bin" },
};
export const quick = { timeout: "400ms", within: "900ms" };
export const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function run(
  value: object,
  ports: Partial<ProbePorts> = {},
  stop = new AbortController(),
) {
  const faults: string[] = [];
  const plans = parseProbes([{ ...quick, ...value }], faults);
  expect(faults).toEqual([]);
  const { isPassed, probes } = await runProbes(plans, { ...nothing, ...ports }, stop.signal);
  const [probe] = probes;
  if (probe === undefined) throw new Error("no probe was run");
  expect(isPassed).toBe(probe.state === "passed");
  return probe;
}

export async function listen(server: Server): Promise<number> {
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
export const tcp = (onSocket: (socket: Socket) => void) => listen(createServer(onSocket));
export const http = async (onRequest: RequestListener) =>
  `http://127.0.0.1:${await listen(createHttpServer(onRequest))}/`;
export const silent = (): void => undefined;
export const broker = (port: number, password: string | null = null) => ({
  broker: async () => ({ url: parseBrokerUrl(`mqtt://127.0.0.1:${port}`), password }),
});
