import { type HostName, NixwaveError, parseHostName } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { nixOutput } from "../nix-command.ts";

const INSTEAD = "or name the hosts: --host rp4 --host nuc";

/**
 * The names of a flake's NixOS machines, in its order.
 * @param flake as Nix takes it, such as `.` or `github:someone/homelab`
 * @throws NixwaveError nix-missing | nix-failed | invalid-host-name, each with what to do instead
 */
export async function hostsOfFlake(io: CommandIo, flake: string): Promise<readonly HostName[]> {
  const names = await namesIn(io, flake);
  try {
    const hosts = names.map(parseHostName);
    if (hosts.length > 0) return hosts;
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    throw new NixwaveError(error.code, `${flake}: ${error.message}; ${INSTEAD}`, { cause: error });
  }
  throw new NixwaveError("nix-failed", `${flake}: nixosConfigurations is empty; ${INSTEAD}`);
}

async function namesIn(io: CommandIo, flake: string): Promise<readonly string[]> {
  const of = ["eval", "--json", `${flake}#nixosConfigurations`, "--apply", "builtins.attrNames"];
  try {
    // Looking leaves no trace: a flake whose inputs are not locked stays so.
    const look = [...of, "--no-write-lock-file"];
    const bytes = await nixOutput(io, ["--extra-experimental-features", "flakes", ...look]);
    const names: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (Array.isArray(names)) return names.map(String);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    const why = `${error.message}\nwithout it the hosts of the flake ${flake} cannot be read: mend that, ${INSTEAD}`;
    throw new NixwaveError(error.code, why, { cause: error });
  }
  throw new NixwaveError("nix-failed", `${flake}: nixosConfigurations has no names; ${INSTEAD}`);
}
