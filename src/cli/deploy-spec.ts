import {
  ContractError,
  type HostName,
  NixwaveError,
  parseHostName,
  parseStorePath,
  parseStrictJson,
  type StorePath,
} from "../contract/index.ts";
import { compareText } from "./compare-text.ts";

/** Far above 512 hosts with the longest store paths. */
export const SPEC_MAX_BYTES = 256 * 1024;
const MAX_HOSTS = 512;

export interface SpecEntry {
  readonly host: HostName;
  readonly storePath: StorePath;
}

/**
 * Cachix's deploy spec, `{"agents": {"nuc": "/nix/store/..."}}`, in the order of its hosts' names.
 * @throws NixwaveError rollback-script-refused | spec-unknown-key | invalid-field | release-empty |
 *   invalid-host-name | invalid-store-path, or a code of parseStrictJson
 */
export function parseDeploySpec(bytes: Uint8Array): readonly SpecEntry[] {
  const agents = agentsOf(parseStrictJson(bytes, SPEC_MAX_BYTES));
  const names = Object.keys(agents);
  if (names.length === 0) throw new NixwaveError("release-empty", "the deploy spec names no host");
  if (names.length > MAX_HOSTS) {
    throw new NixwaveError("too-large", `${names.length} hosts, a release holds ${MAX_HOSTS}`);
  }
  return names.sort(compareText).map((name) => entryOf(name, agents[name]));
}

function agentsOf(spec: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(spec)) throw new ContractError("invalid-field", "the deploy spec is not an object");
  if ("rollbackScript" in spec) {
    throw new NixwaveError(
      "rollback-script-refused",
      "the deploy spec has a rollbackScript, which would run on the hosts unsigned",
      { where: "/rollbackScript" },
    );
  }
  const unknown = Object.keys(spec).find((key) => key !== "agents");
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 80));
    throw new NixwaveError("spec-unknown-key", `the deploy spec has the unknown key ${shown}`);
  }
  if (!isObject(spec["agents"])) {
    throw new ContractError(
      "invalid-field",
      '/agents must be an object of host names and store paths, such as {"agents": {"nuc": "/nix/store/..."}}',
      { where: "/agents" },
    );
  }
  return spec["agents"];
}

function entryOf(name: string, value: unknown): SpecEntry {
  const host = parseHostName(name);
  const where = `/agents/${host}`;
  if (typeof value !== "string") {
    throw new ContractError("invalid-field", `${where} must be a store path`, { where });
  }
  try {
    return { host, storePath: parseStorePath(value) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new ContractError(error.code, `${where}: ${error.message}`, { where, cause: error });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
