import {
  findMissing,
  isCi,
  MISSING_PARTS_VARIABLE,
  PART_NAMES,
  type PartName,
  parsePartNames,
  SYSTEM_PARTS,
  searchPath,
  wayToGet,
} from "../../tools/system-parts.ts";

const missingParts = (): PartName[] => {
  const told = process.env[MISSING_PARTS_VARIABLE];
  return told === undefined
    ? findMissing(PART_NAMES, searchPath(process.env["PATH"]))
    : parsePartNames(told);
};

/**
 * What a suite needs beside npm's packages: `describe.skipIf(needs("mosquitto").skip)("...", ...)`.
 * Where a part is missing it prints why the suite does not run; under CI it throws, because a skipped
 * suite would look like a passed one. Afterwards the parts can be started by name, wherever Debian put them.
 */
export const needs = (...parts: readonly PartName[]): { readonly skip: boolean } => {
  const missing = missingParts().filter((part) => parts.includes(part));
  if (missing.length === 0) {
    process.env["PATH"] = searchPath(process.env["PATH"]);
    return { skip: false };
  }
  const uses = missing.map((part) => `${part} (${SYSTEM_PARTS[part].usedFor})`).join(", ");
  const reason = `missing: ${uses}. Get it: ${wayToGet(missing)}`;
  if (isCi(process.env["CI"])) {
    throw new Error(`CI skips no tests; ${reason}`);
  }
  process.stderr.write(`not run here, ${reason}\n`);
  return { skip: true };
};
