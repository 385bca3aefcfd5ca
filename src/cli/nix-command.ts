import { stripVTControlCharacters } from "node:util";
import { ExecaError, execa } from "execa";
import {
  type HostName,
  type NarHash,
  NixwaveError,
  parseSystemType,
  requireSame,
  type StorePath,
  type SystemType,
} from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import type { SpecEntry } from "./deploy-spec.ts";
import type { DescribedHost, Description } from "./description.ts";
import { PATH_INFO_MAX_BYTES, parsePathInfo } from "./path-info.ts";

/** A store over the network may be slow; nothing here downloads more than a top-level. */
const NIX_TIMEOUT_MS = 120_000;
/** What Nix needs to find its configuration, its daemon and a store's credentials; nothing else of ours. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_.*|XDG_.*|NIX_.*|AWS_.*|SSH_AUTH_SOCK|SSL_CERT_FILE|.*_proxy|.*_PROXY)$/;

export interface StoreOptions {
  /** Any store URL that Nix knows; undefined is this machine's. */
  readonly store?: string | undefined;
  /** For closures that do not say it themselves. */
  readonly systems: ReadonlyMap<HostName, SystemType>;
  readonly defaultSystem?: SystemType | undefined;
}

/**
 * Reads NAR hash and system type of every closure where the store is.
 * @throws NixwaveError nix-missing | nix-failed | path-not-in-store | system-unknown | wrong-system
 */
export async function describeWithNix(
  io: CommandIo,
  spec: readonly SpecEntry[],
  options: StoreOptions,
): Promise<Description> {
  const hashes = await narHashes(io, [...new Set(spec.map((one) => one.storePath))], options.store);
  const described: DescribedHost[] = [];
  for (const { host, storePath } of spec) {
    const narHash = hashes.get(storePath);
    if (narHash === undefined) throw new Error(`no NAR hash for ${storePath}`);
    const system = await systemOf(io, host, storePath, options);
    described.push({ host, storePath, narHash, system });
  }
  return described;
}

async function narHashes(
  io: CommandIo,
  paths: readonly StorePath[],
  store: string | undefined,
): Promise<ReadonlyMap<StorePath, NarHash>> {
  // Without `substitute false` an absent path is not reported but fetched.
  const args = ["path-info", "--json", "--option", "substitute", "false", ...storeArgs(store)];
  try {
    return parsePathInfo(await nixOutput(io, [...args, ...paths]), paths);
  } catch (error) {
    // Nix announced that --json without --json-format will become an error (2.33, "json-format-changes").
    if (!(error instanceof NixwaveError && error.message.includes("--json-format"))) throw error;
    return parsePathInfo(await nixOutput(io, [...args, "--json-format", "2", ...paths]), paths);
  }
}

/** A NixOS top-level carries its system type in the file `system`. */
async function systemOf(
  io: CommandIo,
  host: HostName,
  path: StorePath,
  options: StoreOptions,
): Promise<SystemType> {
  const said = options.systems.get(host) ?? options.defaultSystem;
  const found = await readSystemFile(io, path, options.store);
  if (found === undefined && said === undefined) {
    throw new NixwaveError("system-unknown", `${host}: ${path} has no readable file "system"`);
  }
  if (found !== undefined && said !== undefined) {
    requireSame("wrong-system", `the system of ${host}'s closure`, found, said);
  }
  return found ?? (said as SystemType);
}

async function readSystemFile(
  io: CommandIo,
  path: StorePath,
  store: string | undefined,
): Promise<SystemType | undefined> {
  let text: string;
  try {
    const bytes = await nixOutput(io, ["store", "cat", ...storeArgs(store), `${path}/system`]);
    text = Buffer.from(bytes).toString("utf8").trim();
  } catch (error) {
    // The one answer that means "not a NixOS top-level"; everything else is a failure and said.
    if (error instanceof NixwaveError && /does not exist|is not a directory/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
  return parseSystemType(text);
}

const storeArgs = (store: string | undefined): readonly string[] =>
  store === undefined ? [] : ["--store", store];

/**
 * What a Nix command of the newer kind prints, with the experimental feature that it needs.
 * @throws NixwaveError nix-missing | nix-failed with what Nix said
 */
export async function nixOutput(io: CommandIo, args: readonly string[]): Promise<Uint8Array> {
  try {
    const { stdout } = await execa(
      "nix",
      ["--extra-experimental-features", "nix-command", ...args],
      {
        encoding: "buffer",
        extendEnv: false,
        env: Object.fromEntries(Object.entries(io.env).filter(([name]) => PASSED_ON.test(name))),
        cwd: io.cwd,
        stdin: "ignore",
        timeout: NIX_TIMEOUT_MS,
        maxBuffer: PATH_INFO_MAX_BYTES,
      },
    );
    return stdout;
  } catch (cause) {
    if (!(cause instanceof ExecaError)) throw cause;
    throw nixError(cause, args);
  }
}

function nixError(cause: ExecaError, args: readonly string[]): NixwaveError {
  if (cause.code === "ENOENT") {
    return new NixwaveError("nix-missing", "the `nix` command was not found on PATH", { cause });
  }
  const command = `nix ${args.slice(0, 6).join(" ")}${args.length > 6 ? " ..." : ""}`;
  if (cause.timedOut) {
    const seconds = NIX_TIMEOUT_MS / 1000;
    return new NixwaveError("nix-failed", `${command} did not end within ${seconds} s`, { cause });
  }
  const said = stripVTControlCharacters(Buffer.from(cause.stderr as Uint8Array).toString("utf8"));
  const errors = said.split("\n").filter((line) => /^\s*error:/.test(line));
  const shown = (errors.length > 0 ? errors.join("\n") : said.trim()).slice(0, 2000);
  return new NixwaveError("nix-failed", `${command}: ${shown || cause.shortMessage}`, { cause });
}
