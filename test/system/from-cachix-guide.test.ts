import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseAgentConfig } from "../../agent/config.ts";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { parseDeploySpec } from "../../src/cli/deploy-spec.ts";
import { programFor } from "../../src/cli/program.ts";
import { needs } from "../support/system-parts.ts";
import { evaluated } from "./nixos-rig.ts";

const PAGE = readFileSync("docs/from-cachix-deploy.md", "utf8");
const LEVELS = ["before", "1", "2", "3"] as const;
type Level = (typeof LEVELS)[number];
const HOSTS = ["nuc", "rp3", "rp4", "x1"];
const WORKFLOW = ".github/workflows/deploy.yml";

interface Host {
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
  readonly agent?: unknown;
}
type Evaluated = Readonly<Record<"nuc" | "rp3" | "rp4" | "x1", Host>> & { readonly spec: string };

/** The files of the page as they stand after each push, by path: those that a push does not show stay. */
const filesAt = new Map<Level, ReadonlyMap<string, string>>();
let standing: ReadonlyMap<string, string> = new Map();
for (const level of LEVELS) {
  const shown = [...PAGE.matchAll(/```(?:nix|yaml)\n# (before|\d): (\S+)\n([\s\S]*?)```/g)];
  const here = shown.filter(([, of]) => of === level);
  standing = new Map([
    ...standing,
    ...here.map(([, , path = "", text = ""]) => [path, text] as const),
  ]);
  filesAt.set(level, standing);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-guide-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A level's files on disk. @returns the folder */
function written(level: Level, changes: Readonly<Record<string, string>> = {}): string {
  const place = mkdtempSync(join(folder, `${level}-`));
  const files = new Map([...(filesAt.get(level) ?? []), ...Object.entries(changes)]);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return place;
}

/** The flake's hosts, where a NixOS is what our stand-in makes of it. */
const hostsIn = (place: string): Evaluated =>
  evaluated(`let
    lib = import ./nix/test/minilib.nix;
    option = type: default: lib.mkOption { inherit type default; };
    any = option (lib.types.attrsOf lib.types.anything) { };
    # Options of NixOS that the hosts of the page set beside those that our modules know.
    more = {
      imports = [ ./nix/modules/hub.nix ];
      options = {
        boot = any; nixpkgs = any; nix.gc = any; services.node-red = any;
        networking.firewall.enable = option lib.types.bool true;
        networking.firewall.allowedTCPPorts = option (lib.types.listOf lib.types.port) [ ];
        services.mosquitto = {
          enable = option lib.types.bool false;
          settings = any;
          listeners = option (lib.types.listOf lib.types.anything) [ ];
        };
        services.openssh.enable = option lib.types.bool false;
        system.stateVersion = lib.mkOption { type = lib.types.str; };
      };
      config.services.nixwave.hub.package = lib.mkDefault { type = "derivation"; outPath = "/nixwave"; };
    };
    inputs = {
      self = outputs;
      nixwave = {
        nixosModules = { agent = { }; hub = { }; };
        lib = import ./nix/release.nix;
      };
      nixpkgs = {
        legacyPackages.x86_64-linux.writeText = name: text: text;
        lib.nixosSystem = { modules, specialArgs ? { } }:
          let
            own = module:
              let read = if builtins.typeOf module == "path" then import module else module;
              in if builtins.isFunction read then arguments: read (arguments // specialArgs) else read;
            name = (builtins.head modules).networking.hostName;
          in {
            host = import ./nix/test/evaluate.nix { inherit lib; settings.imports = [ more ] ++ map own modules; };
            config.system.build.toplevel = "/nix/store/00000000000000000000000000000001-nixos-system-\${name}";
          };
      };
    };
    outputs = (import ${place}/flake.nix).outputs inputs;
  in builtins.mapAttrs (_: { host, ... }: host) outputs.nixosConfigurations // { spec = outputs.packages.x86_64-linux.deploy-spec; }`);

interface Hub {
  readonly rendered: { readonly command: readonly string[] };
  readonly mosquitto: {
    readonly listeners: readonly {
      readonly port: number;
      readonly acl?: readonly string[];
      readonly users?: Readonly<Record<string, { readonly passwordFile?: string }>>;
    }[];
  };
}

/** What hub and broker of a level are. */
const hubOf = (place: string): Hub =>
  evaluated(`let
    hub = (import ${place}/modules/hub.nix) { inputs.nixwave.nixosModules.hub = { }; };
    made = import ./nix/test/evaluate-hub.nix { settings.imports = [ hub (import ${place}/modules/mqtt.nix) ]; };
  in { rendered = { inherit (made.rendered) command; }; mosquitto = { inherit (made.mosquitto) listeners; }; }`);

const configOf = ({ agent }: Host) =>
  parseAgentConfig(Buffer.from(JSON.stringify(agent)), "the page");
const activeAt: Readonly<Record<Level, readonly string[]>> = {
  ...{ before: [], 1: [], 2: ["rp4"], 3: HOSTS },
};

/** Its broker listens on 8883 without TLS; an active host that gives no name is told so. */
const warnedOf = (name: string, isNameless: boolean): readonly string[] => [
  ...(isNameless ? ["passwordFile"] : []),
  ...(name === "nuc" ? ["has TLS"] : []),
];

describe.skipIf(needs("nix").skip)("the files of docs/from-cachix-deploy.md", () => {
  it.each(LEVELS)("make four right hosts and one deploy spec: %s", (level) => {
    const { spec, ...hosts } = hostsIn(written(level));
    expect(Object.keys(hosts)).toEqual(HOSTS);
    expect(parseDeploySpec(Buffer.from(spec)).map(({ host }) => host)).toEqual(HOSTS);
    for (const [name, host] of Object.entries(hosts)) {
      expect([name, host.failed]).toEqual([name, []]);
      if (level === "before") continue;
      const { trust, mode, broker, passwordFile, guards } = configOf(host);
      const isActive = activeAt[level].includes(name);
      expect([name, trust.host, mode]).toEqual([name, name, isActive ? "active" : "observe"]);
      expect(broker).toBe(level === "3" ? "mqtt://nuc.lan:8883" : "mqtt://nuc.lan:1883");
      expect(passwordFile === null).toBe(level !== "3");
      expect(guards.laptop !== null).toBe(name === "x1");
      const warned = warnedOf(name, isActive && level !== "3");
      expect(host.warnings).toEqual(warned.map((why) => expect.stringContaining(why)));
    }
  });

  it("leave the devices' door as it was until the last push, which asks for names at the other", () => {
    const doors = (level: Level) => hubOf(written(level)).mosquitto.listeners;
    for (const level of ["1", "2"] as const) {
      expect(doors(level).find(({ port }) => port === 1883)?.acl).toEqual(["readwrite #"]);
    }
    expect(doors("3").find(({ port }) => port === 1883)?.acl).not.toContain("readwrite #");
    for (const level of ["1", "2", "3"] as const) {
      expect(doors(level)).toHaveLength(2);
      const { users = {} } = doors(level).find(({ port }) => port === 8883) ?? {};
      expect(new Set(Object.keys(users))).toEqual(new Set(["ci", "hub", "me", ...HOSTS]));
      for (const { passwordFile = "" } of Object.values(users)) {
        expect(PAGE).toContain(dirname(passwordFile)); // the page brings it there
      }
    }
  });

  it("start the hub by a command that the command line takes", async () => {
    const [, hub = "", ...flags] = hubOf(written("3")).rendered.command;
    const io = { env: {}, cwd: "/", stdout: process.stdout, stderr: process.stderr };
    const program = await programFor([hub], io as unknown as CommandIo);
    const command = program.commands.find((one) => one.name() === hub);
    expect(command?.parseOptions(flags)).toEqual({ operands: [], unknown: [] });
    expect(command?.opts()).toMatchObject({
      ...{ fleet: "homelab", host: ["rp4", "rp3", "x1", "nuc"], carrier: ["nuc"] },
    });
  });

  it("would be refused with both agents on the active host, as the page says", () => {
    const both = (filesAt.get("2")?.get("hosts/rp4.nix") ?? "").replace(/^.*mkForce false.*$/m, "");
    const { rp4 } = hostsIn(written("2", { "hosts/rp4.nix": both }));
    expect(rp4.failed).toEqual([expect.stringContaining("cachix-agent")]);
  });
});

describe("the workflows of docs/from-cachix-deploy.md", () => {
  const action = parse(readFileSync("action.yml", "utf8")) as {
    inputs: Record<string, { required: boolean }>;
  };

  it.each(LEVELS)("have Cachix activate whoever observes, and nobody else: %s", (level) => {
    const workflow = parse(filesAt.get(level)?.get(WORKFLOW) ?? "", { uniqueKeys: true }) as {
      permissions?: object;
      jobs: { deploy: { steps: { uses?: string; run?: string; with?: object }[] } };
    };
    const { steps } = workflow.jobs.deploy;
    const ours = steps.filter(({ uses }) => uses?.startsWith("OWNER/nixwave@"));
    expect(ours).toHaveLength(level === "before" ? 0 : 1);
    const given = Object.keys(ours[0]?.with ?? {});
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(given));
    if (ours.length > 0) {
      expect(given).toContain("key");
      expect(workflow.permissions).toEqual({ contents: "write" });
    }
    const [line] = steps.flatMap(({ run }) => (run?.includes("deploy activate") ? [run] : []));
    if (level === "3") expect(line).toBeUndefined();
    else expect(line).toMatch(/^cachix deploy activate result --async(?: --agent \S+)*$/);
    const named = [...(line ?? "").matchAll(/--agent (\S+)/g)].map(([, name]) => name);
    const observing = HOSTS.filter((host) => !activeAt[level].includes(host));
    expect(named).toEqual(level === "2" ? observing : []);
  });

  it("hand the rest to Nixwave by hand, host for host", () => {
    const byHand = [...PAGE.matchAll(/^CACHIX_ACTIVATE_TOKEN=\S+ (cachix .*)$/gm)];
    expect(byHand.map(([, line]) => line)).toEqual([
      "cachix deploy activate result --agent rp4",
      "cachix deploy activate result --agent nuc --agent rp3 --agent x1",
    ]);
  });
});
