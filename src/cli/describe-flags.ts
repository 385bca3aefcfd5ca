import type { Command } from "commander";
import {
  type HostName,
  NixwaveError,
  parseHostName,
  parseSystemType,
  type SystemType,
} from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { parseDeploySpec, SPEC_MAX_BYTES, type SpecEntry } from "./deploy-spec.ts";
import type { Description } from "./description.ts";
import { readInput } from "./files.ts";
import { flag, nonEmpty, repeatedFlag } from "./flags.ts";
import { describeWithNix } from "./nix-command.ts";

export interface SystemChoice {
  /** undefined: of all hosts. */
  readonly host: HostName | undefined;
  readonly system: SystemType;
}

/** What addDescribeFlags reads from a command line. */
export interface DescribeFlags {
  readonly store?: string;
  readonly system?: readonly SystemChoice[];
}

export function addDescribeFlags(command: Command): Command {
  return command
    .addOption(flag("--store <url>", "store that has the closures (this machine's)", parseStore))
    .addOption(
      repeatedFlag(
        "--system <[host=]type>",
        "system type where the closure does not say it, e.g. rp3=aarch64-linux",
        parseSystemChoice,
      ),
    );
}

/** Reads the deploy spec, then asks Nix. @throws as parseDeploySpec and describeWithNix */
export async function describeSpec(
  io: CommandIo,
  specFile: string,
  flags: DescribeFlags,
  only?: readonly HostName[],
): Promise<Description> {
  const spec = parseSpecOf(specFile, await readInput(io, specFile, SPEC_MAX_BYTES));
  const choices = flags.system ?? [];
  const systems = new Map(
    choices.flatMap(({ host, system }) => (host === undefined ? [] : [[host, system] as const])),
  );
  for (const host of [...systems.keys(), ...(only ?? [])]) {
    if (!spec.some((one) => one.host === host)) {
      throw new NixwaveError("host-not-in-spec", `${host} is not in ${specFile}`);
    }
  }
  const defaultSystem = choices.find(({ host }) => host === undefined)?.system;
  // A host that is not signed need not be in the store either.
  const wanted = only ? spec.filter((one) => only.includes(one.host)) : spec;
  return await describeWithNix(io, wanted, { store: flags.store, systems, defaultSystem });
}

export function parseSystemChoice(text: string): SystemChoice {
  const [left = "", right] = text.split("=", 2);
  return right === undefined
    ? { host: undefined, system: parseSystemType(left) }
    : { host: parseHostName(left), system: parseSystemType(right) };
}

/** As an argument of its own it must not be taken for an option by Nix. */
function parseStore(text: string): string {
  if (text.startsWith("-")) throw new NixwaveError("wrong-usage", `${text} is not a store`);
  return nonEmpty(text);
}

function parseSpecOf(file: string, bytes: Uint8Array): readonly SpecEntry[] {
  try {
    return parseDeploySpec(bytes);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    const { code, message, where } = error;
    throw new NixwaveError(code, `${file}: ${message}`, { ...(where && { where }), cause: error });
  }
}
