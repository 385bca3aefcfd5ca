import { type EventEmitter, once } from "node:events";
import { readFileSync, watch } from "node:fs";
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { connectAsync } from "mqtt";
import { describe, expect, it } from "vitest";
import { packCli } from "../../../tools/pack-cli.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { SimulatedHost } from "../../support/simulated-host/host-shape.ts";
import { bootHost } from "../../support/simulated-host/simulated-host.ts";
import { makeNetwork } from "../../support/simulated-host/simulated-network.ts";
import { needs } from "../../support/system-parts.ts";
import { type EvaluatedHub, evaluatedHub } from "../nixos-rig.ts";

const skip = needs("nix", "iproute2").skip || canBootHosts().skip;
/** Copies: the hub may not look into the folder of a person, where this checkout may lie. */
const [NODE, PROGRAM, STORE] = ["/var/lib/node", "/var/lib/program", "/var/lib/built"];
const STATE = "/var/lib/nixwave-hub";
const LOG = "/var/log/hub.log";

const machine = (): EvaluatedHub =>
  evaluatedHub(
    {
      services: {
        nixwave: {
          hub: {
            ...{
              enable: true,
              hosts: ["rp4", "nuc"],
              carriers: ["nuc"],
              timeZone: "Europe/Berlin",
            },
            releaseKeys: ["ci-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
            broker: { mqtt: ["0.0.0.0:1883"] },
            ntfy: { topic: "home_100", server: "http://127.0.0.1:9", tokenFile: "/var/lib/token" },
            backup: { folder: "/var/backup/hub", keep: 2 },
          },
        },
      },
    },
    STORE,
  );

/** What a NixOS has of itself: Node, the packed program, the user, a secret, the module's places. */
const install =
  ({ tmpfiles }: EvaluatedHub) =>
  async (disk: string): Promise<void> => {
    await copyFile(process.execPath, join(disk, NODE));
    await packCli(join(disk, PROGRAM));
    await mkdir(join(disk, PROGRAM, "node_modules"));
    const command = join(disk, `${STORE}-nixwave/bin/nixwave`);
    await mkdir(resolve(command, ".."), { recursive: true });
    await writeFile(command, `#!/bin/sh\nexec ${NODE} ${PROGRAM}/bin/nixwave.js "$@"\n`);
    await chmod(command, 0o755);
    for (const [name, line] of [
      ["passwd", "nixwave-hub:x:978:978::/var/empty:/usr/sbin/nologin\n"],
      ["group", "nixwave-hub:x:978:\n"],
    ] as const) {
      await copyFile(`/etc/${name}`, join(disk, "etc", name));
      await appendFile(join(disk, "etc", name), line);
    }
    await writeFile(join(disk, "var/lib/token"), "tk_secret\n", { mode: 0o400 });
    await mkdir(join(disk, "var/backup"));
    await writeFile(join(disk, LOG), "");
    await writeFile(join(disk, "etc/tmpfiles.conf"), `${tmpfiles.join("\n")}\n`);
  };

/** What others wrote lies in this checkout, and is not copied; the lab has no journal. */
const inLab = (unit: string): string => {
  const modules = `${resolve("node_modules")}:${PROGRAM}/node_modules`;
  const log = `StandardOutput=append:${LOG}\nStandardError=append:${LOG}`;
  return unit.replace("[Service]\n", `[Service]\nBindReadOnlyPaths=${modules}\n${log}\n`);
};

/** Waits until the hub has said it so many times. */
async function said(host: SimulatedHost, text: string, times = 1): Promise<void> {
  const log = join(host.disk, LOG);
  const watcher = watch(log);
  const giveUp = AbortSignal.timeout(60_000);
  try {
    while (readFileSync(log, "utf8").split(text).length <= times) {
      await once(watcher, "change", { signal: giveUp });
    }
  } catch {
    throw new Error(`"${text}" was not said\n${readFileSync(log, "utf8").slice(-3000)}`);
  } finally {
    watcher.close();
  }
}

const client = async (host: SimulatedHost, username: string) => {
  const password = await readFile(host.place(`${STATE}/passwords/${username}`), "utf8");
  const url = `mqtt://${host.address}:1883`;
  return await connectAsync(url, {
    username,
    password: password.trim(),
    clientId: `${username}-1`,
  });
};

describe.skipIf(skip)("a hub set up by the NixOS module", { timeout: 180_000 }, () => {
  it("is ready inside its unit's sandbox, hears a publish, and is copied while it runs", async () => {
    const hub = machine();
    using network = makeNetwork();
    await using host = await bootHost({ name: "nuc", network, install: install(hub) });
    for (const [name, unit = ""] of Object.entries(hub.units)) {
      await host.units.install(name, inLab(unit));
    }
    await host.run("systemd-tmpfiles", "--create", "/etc/tmpfiles.conf");
    await host.run("systemctl", "start", "nixwave-hub");
    await said(host, "fleet page on");
    expect(await host.run("stat", "-c", "%U %a", STATE)).toBe("nixwave-hub 700");

    const me = await client(host, "me");
    const heard = new Map<string, string>();
    me.on("message", (topic, payload) => heard.set(topic, payload.toString()));
    const untilHeard = async (topic: string): Promise<string> => {
      while (!heard.has(topic)) await once(me as unknown as EventEmitter, "message");
      return heard.get(topic) ?? "";
    };
    await me.subscribeAsync(["nixwave/v1/hub/status", "nixwave/v1/hosts/+/availability"]);
    expect(await untilHeard("nixwave/v1/hub/status")).toContain("online");
    const rp4 = await client(host, "rp4");
    await rp4.publishAsync("nixwave/v1/hosts/rp4/availability", '{"v":1}', { retain: true });
    expect(await untilHeard("nixwave/v1/hosts/rp4/availability")).toBe('{"v":1}');
    await Promise.all([me.endAsync(), rp4.endAsync()]);

    const flow = await readFile(host.place(`${STATE}/node-red/flows.json`), "utf8");
    expect(JSON.parse(flow)).toContainEqual(
      expect.objectContaining({ type: "nixwave-notify", topic: "home_100" }),
    );
    expect(flow).not.toContain("tk_secret");

    await host.run("systemctl", "start", "nixwave-hub-backup");
    const [copy = "", ...more] = await readdir(host.place("/var/backup/hub"));
    expect(more).toEqual([]);
    const names = await host.run("tar", "-tzf", `/var/backup/hub/${copy}`);
    expect(names.split("\n")).toEqual(
      expect.arrayContaining([
        ...["keys/hub.secret", "node-red/flows.json", "journal/restored", "broker/retained.sqlite"],
      ]),
    );
    await host.run("systemctl", "stop", "nixwave-hub");
    expect(await host.run("systemctl", "show", "-P", "Result", "nixwave-hub")).toBe("success");

    // The disk is lost, a copy is not: the same key, as root restores it for the service.
    const key = await readFile(host.place(`${STATE}/keys/hub.secret`), "utf8");
    await rm(host.place(STATE), { recursive: true });
    await host.run("mount", "--bind", resolve("node_modules"), `${PROGRAM}/node_modules`);
    const restore = ["hub", "restore", `/var/backup/hub/${copy}`, "--state", STATE];
    await host.run(`${STORE}-nixwave/bin/nixwave`, ...restore);
    await host.run("umount", `${PROGRAM}/node_modules`);
    await host.run("systemctl", "start", "nixwave-hub");
    await said(host, "fleet page on", 2);
    const again = await client(host, "me");
    await again.endAsync();
    expect(await readFile(host.place(`${STATE}/keys/hub.secret`), "utf8")).toBe(key);
  });
});
