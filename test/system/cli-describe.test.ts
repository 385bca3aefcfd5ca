import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StorePath } from "../../src/contract/index.ts";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { HOSTS, type SmallStore, smallStore } from "../cli/small-systems.ts";
import { freePort } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";

interface Described {
  readonly hosts: Record<string, { storePath: string; narHash: string; system: string }>;
}

describe.skipIf(needs("nix").skip)("nixwave describe, with the real Nix", () => {
  let workshop: Workshop;
  let store: SmallStore;
  let spec: string;
  let bare: StorePath;

  beforeAll(async () => {
    workshop = await openWorkshop();
    store = smallStore(workshop.folder);
    spec = await store.specOf();
    bare = await store.add("bare", "1", undefined);
    await writeFile(workshop.at("spec.json"), spec);
  });
  afterAll(async () => {
    await store.loosen();
    await workshop.remove();
  });

  const describeSpec = (args: readonly string[], stdin = spec, env: Record<string, string> = {}) =>
    workshop.nixwave(["describe", ...args], { stdin, env });
  const read = (text: string) => (JSON.parse(text) as Described).hosts;

  test("reads path, hash and system type of every host from a store", async () => {
    const { status, stdout, stderr } = await describeSpec(["spec.json", "--store", store.url]);
    expect([status, stderr]).toEqual([0, ""]);
    const { agents } = JSON.parse(spec) as { agents: Record<string, string> };
    for (const [host, described] of Object.entries(read(stdout))) {
      expect(described.storePath).toBe(agents[host]);
      expect(described.system).toBe(HOSTS[host as keyof typeof HOSTS]);
      // nix-store's word for the same path, in another notation
      const query = ["--store", store.url, "--query", "--hash", described.storePath];
      const { stdout: base32 } = await execa("nix-store", query);
      const convert = ["hash", "to-sri", "--type", "sha256", base32.trim()];
      const { stdout: hash } = await execa("nix", [
        "--extra-experimental-features",
        "nix-command",
        ...convert,
      ]);
      expect(described.narHash).toBe(hash.trim());
    }
    expect(Object.keys(read(stdout))).toEqual(["nuc", "rp3", "rp4", "x1"]);
  });

  test("reads the spec from a file, through a symlink as nix build leaves it, and from a pipe alike", async () => {
    await symlink(workshop.at("spec.json"), workshop.at("result"));
    const all = await Promise.all(
      ["spec.json", "result", "-"].map((name) => describeSpec([name, "--store", store.url])),
    );
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
  });

  test("reads from a binary cache too, and gives the same description", async () => {
    const cache = `file://${workshop.at("cache")}`;
    const { agents } = JSON.parse(spec) as { agents: Record<string, string> };
    const copy = ["copy", "--no-check-sigs", "--from", store.url, "--to", cache];
    await execa("nix", [
      "--extra-experimental-features",
      "nix-command",
      ...copy,
      ...Object.values(agents),
    ]);
    const [local, cached] = [
      await describeSpec(["-", "--store", store.url]),
      await describeSpec(["-", "--store", cache]),
    ];
    expect(cached.stderr).toBe("");
    expect(cached.stdout).toBe(local.stdout);
  });

  test("names the paths that the store does not have, and fetches nothing", async () => {
    const absent = `/nix/store/${"0".repeat(32)}-nixos-system-gone-26.05`;
    const both = JSON.stringify({ agents: { bare, gone: absent } });
    const { status, stdout, stderr } = await describeSpec(["-", "--store", store.url], both);
    expect(stderr).toContain(`error[path-not-in-store]: the store does not have ${absent}\n`);
    expect([status, stdout]).toEqual([4, ""]);
  });

  test("asks for the system type where the closure does not say it", async () => {
    const one = JSON.stringify({ agents: { bare } });
    const unknown = await describeSpec(["-", "--store", store.url], one);
    expect(unknown.stderr).toContain("error[system-unknown]: bare: ");
    expect(unknown.status).toBe(2);
    for (const choice of ["riscv64-linux", "bare=riscv64-linux"]) {
      const told = await describeSpec(["-", "--store", store.url, "--system", choice], one);
      expect(read(told.stdout)).toMatchObject({ bare: { system: "riscv64-linux" } });
    }
  });

  test("refuses a system type that the closure denies, and one for a host that is not there", async () => {
    const denied = await describeSpec(["-", "--store", store.url, "--system", "rp3=x86_64-linux"]);
    expect(denied.stderr).toContain("error[wrong-system]");
    expect(denied.stderr).toContain("rp3");
    expect(denied.status).toBe(1);
    const nobody = await describeSpec(["-", "--store", store.url, "--system", "tv=x86_64-linux"]);
    expect(nobody.stderr).toContain("error[host-not-in-spec]: tv is not in -");
  });

  test("says which store cannot be reached", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const quick = { NIX_CONFIG: "download-attempts = 1" };
    const { status, stderr } = await describeSpec(["-", "--store", url], spec, quick);
    expect(stderr).toContain("error[nix-failed]: nix path-info");
    expect(stderr).toContain(url);
    expect(status).toBe(4);
  });

  test("says how to get Nix where it is not there", async () => {
    const { status, stderr } = await describeSpec(["-"], spec, { PATH: workshop.folder });
    expect(stderr).toContain("error[nix-missing]");
    expect(stderr).toContain("nix-bin");
    expect(status).toBe(4);
  });

  test("gives Nix none of our secrets", async () => {
    const folder = workshop.at("spy");
    await fakeNix(folder, `env > ${workshop.at("seen")}; exit 1`);
    await describeSpec(["-"], spec, {
      PATH: `${folder}:${process.env["PATH"]}`,
      NIXWAVE_SIGNING_KEY: "ci-1:secret",
      NIXWAVE_BROKER_PASSWORD: "secret",
      NIX_REMOTE: "daemon",
    });
    const { stdout } = await execa("cat", [workshop.at("seen")]);
    expect(stdout).toContain("NIX_REMOTE=daemon");
    expect(stdout).not.toContain("secret");
  });

  test("asks again by format where a later Nix no longer prints JSON without one", async () => {
    const { agents } = JSON.parse(spec) as { agents: { nuc: string } };
    const folder = workshop.at("later");
    const info = {
      version: 2,
      storeDir: "/nix/store",
      info: {
        [agents.nuc.slice(11)]: {
          narHash: { algorithm: "sha256", format: "base16", hash: "00".repeat(32) },
        },
      },
    };
    await fakeNix(
      folder,
      `case "$*" in
        *"--json-format 2"*) echo '${JSON.stringify(info)}' ;;
        *path-info*) echo "error: '--json' needs '--json-format'" >&2; exit 1 ;;
        *) printf x86_64-linux ;;
      esac`,
    );
    const one = JSON.stringify({ agents: { nuc: agents.nuc } });
    const { stdout, stderr } = await describeSpec(["-"], one, {
      PATH: `${folder}:${process.env["PATH"]}`,
    });
    expect(stderr).toBe("");
    expect(read(stdout)).toMatchObject({ nuc: { narHash: `sha256-${"A".repeat(43)}=` } });
  });
});

/** A program named nix, for what the Nix of this machine cannot be made to do. */
async function fakeNix(folder: string, script: string): Promise<void> {
  await mkdir(folder);
  await writeFile(`${folder}/nix`, `#!/bin/sh\n${script}\n`);
  await chmod(`${folder}/nix`, 0o755);
}
