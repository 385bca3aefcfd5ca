import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { placesBelow } from "../../agent/activator/places.ts";
import { runCommand } from "../../agent/command/run-command.ts";
import {
  encodePayload,
  formatPublicKey,
  type HostReport,
  hostReportCodec,
} from "../../src/contract/index.ts";
import {
  CHANNEL,
  CI_KEY,
  FLEET,
  HOST,
  HUB_KEY,
  keyFrom,
  NOON,
  pathFor,
  reportedOf,
  SYSTEM,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-apply-"));
  const config = {
    ...{ host: HOST, fleet: FLEET, channel: CHANNEL, system: SYSTEM, root: folder },
    ...{ broker: "mqtt://nuc", releaseKeys: [formatPublicKey(CI_KEY.publicKey)] },
    ...{ hubKeys: [formatPublicKey(HUB_KEY.publicKey)], lease: "12m" },
    ...{ substituters: ["https://cache.example"] },
    cacheKeys: [formatPublicKey(keyFrom("cache-1").publicKey)],
  };
  await writeFile(join(folder, "agent.json"), JSON.stringify(config));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function releaseOf(...sealed: readonly ReturnType<typeof sealStatement>[]) {
  const statements = sealed.map(({ envelope }) => envelope);
  const file = join(folder, "release.json");
  await writeFile(file, encodePayload("release", { v: 1, statements }));
  return file;
}

async function reportIs(differences: Partial<HostReport>): Promise<void> {
  const { report } = placesBelow(folder);
  const { seq: _seq, session: _session, at: _at, agent: _agent, ...facts } = reportedOf("old");
  await mkdir(dirname(report), { recursive: true });
  const whole = { ...facts, renewedAfterBootMs: null, ...differences };
  await writeFile(report, hostReportCodec.encode(whole as HostReport));
}

/** What a person saw who says no; an activator that is started is a fault of the test. */
async function offered(file: string, ...options: readonly string[]) {
  const written: string[] = [];
  const args = [file, "--config", join(folder, "agent.json"), ...options];
  const status = await runCommand("apply", args, {
    write: (text) => void written.push(text),
    ...{ stdin: Readable.from(["n\n"]), isRoot: true, nowMs: () => NOON },
    startActivator: () => Promise.reject(new Error("nothing is to be started")),
  });
  return { status, said: written.join("") };
}

describe("nixwave-agent apply", () => {
  it("says title, system, host and what runs, before it asks", async () => {
    await reportIs({});
    const { status, said } = await offered(await releaseOf(sealStatement(statementOf("new"))));
    expect(status).toBe(1);
    const [head = ""] = said.split("Try it now?");
    for (const part of [
      `for ${HOST}:`,
      "title    nixpkgs bump",
      `system   nixos-system-rp4-26.05  ${pathFor("new")}`,
      `runs now nixos-system-rp4-26.05  ${pathFor("old")}`,
      "restarts not known before it is downloaded",
      "lease    12 min to confirm it",
    ]) {
      expect(head).toContain(part);
    }
    expect(said).toMatch(/\[y\/N\] $/);
  });

  it("says what will restart when the host has this very system ready", async () => {
    const summary = {
      ...{ downloadBytes: 1, unpackedBytes: 2, packages: [], packagesTotal: 0, reload: [] },
      ...{ stop: [], restart: ["app.service", "mqtt.service"], start: ["new.service"] },
      unitsTotal: 5,
    };
    await reportIs({ phase: "staged", target: pathFor("new"), summary });
    const file = await releaseOf(sealStatement(statementOf("new")));
    const { said } = await offered(file, "--lease", "3m");
    expect(said).toContain("restarts app.service, mqtt.service\n  starts   new.service\n");
    expect(said).toContain("and 2 more units");
    expect(said).toContain("lease    3 min");
  });

  it.each([
    ["junk", "not JSON", "not-json"],
    ["an empty file", "", "not-json"],
  ])("refuses %s before it asks, with --yes too", async (_name, text, code) => {
    const file = join(folder, "junk.json");
    await writeFile(file, text);
    await expect(offered(file)).rejects.toMatchObject({ code });
    await expect(offered(file, "--yes")).rejects.toMatchObject({ code });
  });

  it("refuses what another host, another home or nobody of CI signed, before it asks", async () => {
    const other = sealStatement(statementOf("new", { host: "nuc" as never }));
    await expect(offered(await releaseOf(other))).rejects.toMatchObject({
      code: "host-not-in-release",
    });
    const foreign = sealStatement(statementOf("new", { fleet: "other" as never }));
    await expect(offered(await releaseOf(foreign))).rejects.toMatchObject({ code: "wrong-fleet" });
    const unsigned = sealStatement(statementOf("new"), keyFrom("stranger-1"));
    await expect(offered(await releaseOf(unsigned))).rejects.toMatchObject({
      code: expect.stringMatching(/signature|signed|untrusted/),
    });
  });
});
