import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What nix/test/evaluate.nix says of one host's configuration. */
export interface EvaluatedHost {
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
  readonly optionNames: readonly string[];
  /** The rest is there where the agent is enabled. */
  readonly agent?: unknown;
  readonly activator?: unknown;
  readonly marker?: unknown;
  /** The texts of what would be built, by place. */
  readonly files: Readonly<Record<string, string>>;
  readonly programs: Readonly<Record<string, string>>;
  readonly etc: Readonly<Record<string, string | undefined>>;
  readonly tmpfiles: readonly string[];
  readonly users: Readonly<Record<string, unknown>>;
  readonly toplevel: string;
  readonly wantedBy: Readonly<Record<string, readonly string[]>>;
  readonly units: Readonly<Record<string, string>>;
}

const ARGS = ["--store", "dummy://", "--eval", "--strict", "--json", "--expr"];

/** Evaluates without store and network. @throws Error with what Nix said */
export const evaluated = <T>(expression: string): T =>
  JSON.parse(
    execFileSync("nix-instantiate", [...ARGS, expression], { encoding: "utf8", stdio: "pipe" }),
  ) as T;

/** What Nix says of an expression that does not evaluate; empty when it does. */
export function complaintAbout(expression: string): string {
  const { status, stderr } = spawnSync("nix-instantiate", [...ARGS, expression], {
    encoding: "utf8",
  });
  return status === 0 ? "" : stderr;
}

/** @param evaluate below nix/test @param cases what the names of their files begin with */
const rightCases = <T>(evaluate: string, cases: string, store?: string) =>
  evaluated<Readonly<Record<string, T>>>(`let
    lib = import ./nix/test/minilib.nix;
    on = settings: { imports = [ ./nix/test/cases/${cases}base.nix settings ]; };
    one = settings: import ./nix/test/${evaluate} ({ inherit lib; settings = on settings; }
      // ${store === undefined ? "{ }" : `{ store = ${JSON.stringify(store)}; }`});
  in builtins.mapAttrs (_: one) (import ./nix/test/cases/${cases}right.nix { inherit lib; })`);

const evaluatedMachine = <T>(evaluate: string, settings: unknown, store: string): T =>
  evaluated(`import ./nix/test/${evaluate} {
    store = ${JSON.stringify(store)};
    settings = builtins.fromJSON ${JSON.stringify(JSON.stringify(settings))};
  }`);

/** @param store stands before the names of what would be built @returns the right cases by name */
export const rightHosts = (store?: string) => rightCases<EvaluatedHost>("evaluate.nix", "", store);

/** One host's own configuration. @param settings what stands in a NixOS module */
export const evaluatedHost = (settings: unknown, store: string): EvaluatedHost =>
  evaluatedMachine("evaluate.nix", settings, store);

/** What nix/test/evaluate-hub.nix says of the configuration of a hub's machine. */
export interface EvaluatedHub {
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
  readonly optionNames: readonly string[];
  /** The rest is there where the hub is enabled. */
  readonly rendered: { readonly command?: readonly string[]; readonly flow?: readonly unknown[] };
  readonly mosquitto: {
    readonly enable: boolean;
    readonly listeners: readonly MosquittoListener[];
  };
  readonly "node-red": {
    readonly enable: boolean;
    readonly define: Readonly<Record<string, string>>;
  };
  readonly ports: readonly number[];
  readonly tmpfiles: readonly string[];
  readonly users: Readonly<Record<string, unknown>>;
  readonly wantedBy: Readonly<Record<string, readonly string[]>>;
  readonly units: Readonly<Record<string, string | undefined>>;
}

interface MosquittoListener {
  readonly port: number;
  readonly acl?: readonly string[];
  readonly users?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** @param store stands before the names of what would be built @returns the right cases by name */
export const rightHubs = (store: string) =>
  rightCases<EvaluatedHub>("evaluate-hub.nix", "hub-", store);

/** One machine's own configuration. @param settings what stands in a NixOS module */
export const evaluatedHub = (settings: unknown, store: string): EvaluatedHub =>
  evaluatedMachine("evaluate-hub.nix", settings, store);

type UnitTexts = Readonly<Record<string, string | undefined>>;

/** Writes units, and in the place of each program that they start one that does nothing. */
export function writeUnits(units: UnitTexts, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text = ""] of Object.entries(units)) {
    writeFileSync(join(folder, name), text);
    const [, program] = /^ExecStart=(\S+)/m.exec(text) ?? [];
    if (program === undefined) continue;
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  }
}

/** What systemd says of the units in each of these folders: nothing, where they are right. */
export const saidOfUnits = (folders: Readonly<Record<string, UnitTexts>>): readonly string[] =>
  Object.entries(folders).flatMap(([folder, units]) => {
    writeUnits(units, folder);
    const files = Object.keys(units).map((name) => join(folder, name));
    const ran = spawnSync("systemd-analyze", ["verify", ...files], { encoding: "utf8" });
    const said = `${ran.stdout}${ran.stderr}`;
    return ran.status === 0 && said === "" ? [] : [`${folder}: ${ran.status} ${said}`];
  });

/** The exposure below which systemd says "OK", and the version whose figures docs/nixos.md and docs/nixos-hub.md state. */
export const EXPOSURE_BELOW = 2;
export const STATED_VERSION = "252";

/** Lines of each sandbox that systemd's figure does not show; what it shows is compared with the pages. */
export const UNWEIGHED = [
  ...["MemorySwapMax=0", "ProtectHostname=true", "SystemCallErrorNumber=EPERM", "UMask=0077"],
];

export const versionOfSystemd = (): string =>
  /^systemd (\d+)/.exec(execFileSync("systemctl", ["--version"], { encoding: "utf8" }))?.[1] ?? "";

/** systemd's own judgement of a unit, such as 1.4. @throws Error with what it said instead */
export function exposureOf(file: string): string {
  const args = ["security", "--offline=true", "--no-pager", file];
  const said = execFileSync("systemd-analyze", args, { encoding: "utf8" });
  const [, level] = /Overall exposure level for \S+ (\d+\.\d) /.exec(said) ?? [];
  if (level === undefined) throw new Error(`systemd-analyze said ${said}`);
  return level;
}
