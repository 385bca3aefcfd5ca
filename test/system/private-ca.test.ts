import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { placesBelow } from "../../agent/activator/places.ts";
import { firstOf } from "../../agent/command/ask-activator.ts";
import { probeCache } from "../../agent/probe/cache-probe.ts";
import { trustAuthorities } from "../../agent/trust-authorities.ts";
import { formatPublicKey, hostReportCodec, type Order } from "../../src/contract/index.ts";
import { makeAuthority } from "../support/certificates.ts";
import {
  CHANNEL,
  CI_KEY,
  counting,
  DAY_MS,
  FLEET,
  HOST,
  HUB_KEY,
  ordered,
  SYSTEM,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import {
  CACHE_KEY,
  type Lab,
  type LabSystem,
  openLab,
} from "../support/simulated-host/lab-system.ts";
import { needs } from "../support/system-parts.ts";

const ACTIVATOR = fileURLToPath(new URL("../../agent/activator-main.ts", import.meta.url));

/** The lab's cache behind TLS, with a certificate that no public authority knows. */
async function serveWithTls(lab: Lab, certificate: { cert: string; key: string }): Promise<Server> {
  const folder = fileURLToPath(lab.cacheUrl);
  const server = createServer(certificate, (request, response) => {
    readFile(join(folder, new URL(request.url ?? "/", "https://x").pathname)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe.skipIf(needs("nix", "openssl", "util-linux").skip)(
  "a cache with the home's own authority",
  () => {
    let lab: Lab;
    let system: LabSystem;
    let server: Server;
    let root: string;
    let caFile: string;

    beforeAll(async () => {
      const authority = await makeAuthority("nuc");
      lab = await openLab();
      system = await lab.add({ version: "1" });
      server = await serveWithTls(lab, authority.server);
      root = await mkdtemp(join(tmpdir(), "nixwave-private-ca-"));
      caFile = join(root, "home-ca.pem");
      await writeFile(caFile, authority.ca);
    });
    afterAll(async () => {
      server.close();
      await lab[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    });

    /** One run of the real activator on a development host; what it says then. */
    async function staged(name: string, extra: Readonly<Record<string, unknown>>) {
      const host = join(root, name);
      const places = placesBelow(host);
      await mkdir(places.inbox, { recursive: true });
      await mkdir(places.reportFolder, { recursive: true });
      await writeFile(join(places.inbox, "desired"), stageOrder(system));
      const configFile = join(root, `${name}.json`);
      const cache = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await writeFile(configFile, JSON.stringify({ ...configFor(host, cache), ...extra }));
      const child = spawn(process.execPath, [ACTIVATOR, "--config", configFile], {
        env: { PATH: process.env["PATH"] },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const said = linesOf(child);
      const report = await untilRested(child, places.reportFolder, places.report);
      return { report, said: said() };
    }

    const cacheUrl = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

    it("is believed by the host's own probe from the moment it is trusted, and public ones still are", async () => {
      const before = getCACertificates("default");
      const probed = () =>
        probeCache({ url: cacheUrl(), authorization: null }, AbortSignal.timeout(10_000));
      expect(await probed()).toMatchObject({ state: "failed" });
      try {
        await trustAuthorities(caFile, (line) => expect.fail(line));
        expect(await probed()).toMatchObject({ state: "passed" });
        expect(prints(getCACertificates("default"))).toEqual(
          expect.arrayContaining(prints(before)),
        );
      } finally {
        setDefaultCACertificates(before);
      }
    });

    it("is not trusted by a host that does not name it, and the report says why", async () => {
      const { report } = await staged("without", {});
      expect(report).toMatchObject({ phase: "staging", waiting: { code: "pull-backing-off" } });
      expect(report.waiting?.message).toMatch(/certificate/);
    });

    it("is asked by Node and pulled from by Nix on a host that names it", async () => {
      const { report, said } = await staged("with", { caFile });
      expect(report, said).toMatchObject({ phase: "staged", target: system.path });
    });

    it("keeps no activator from its work when its file is gone", async () => {
      const { report, said } = await staged("gone", { caFile: join(root, "gone.pem") });
      expect(report).toMatchObject({ phase: "staging", waiting: { code: "pull-backing-off" } });
      expect(said).toMatch(/caFile: .*gone\.pem is not trusted/);
    });
  },
);

const prints = (pems: readonly string[]): string[] =>
  pems.map((pem) => new X509Certificate(pem).fingerprint256);

function linesOf(child: ChildProcess): () => string {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return () => said;
}

/** A back-off that the activator waits out itself is long enough to be read. */
async function untilRested(child: ChildProcess, folder: string, file: string) {
  const exit = once(child, "exit");
  const look = async () => {
    const bytes = await readFile(file).catch(() => null);
    const report = bytes && hostReportCodec.parse(bytes);
    return report && (report.waiting !== null || report.phase === "staged") ? report : null;
  };
  const report = await firstOf(folder, look, 30_000);
  child.kill();
  await exit;
  if (report === null) throw new Error("the activator did not come to rest");
  return report;
}

const configFor = (root: string, cache: string) => ({
  ...{ host: HOST, fleet: FLEET, channel: CHANNEL, system: SYSTEM, root },
  ...{ broker: "mqtt://127.0.0.1:1883", substituters: [cache] },
  releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
  hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
  cacheKeys: [formatPublicKey(CACHE_KEY.publicKey)],
});

function stageOrder({ path, narHash }: LabSystem): Uint8Array {
  const now = Date.now();
  const times = { serial: now, issued: now, expires: now + DAY_MS };
  const statement = statementOf("lab", { storePath: path, narHash, ...times } as never);
  return ordered(sealStatement(statement), {
    ...{ goal: "stage", counter: counting(now) },
    ...({ issued: now, notAfter: now + 600_000 } as Partial<Order>),
  });
}
