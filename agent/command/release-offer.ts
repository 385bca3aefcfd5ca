import { readFile } from "node:fs/promises";
import {
  type ChangeSummary,
  type HostReport,
  type HostTrust,
  NixwaveError,
  type Statement,
  type StorePath,
  statementForHost,
  storePathName,
} from "../../src/contract/index.ts";

const RELEASE_MAX_BYTES = 256 * 1024;

/**
 * What a release file means for this host, by the activator's own rules as far as they need no memory; it
 * judges the file again. A person is not asked about what would be refused anyway.
 * @throws NixwaveError file-unreadable | too-large | the refusal
 */
export async function readOffer(file: string, trust: HostTrust) {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new NixwaveError("file-unreadable", `${file}: ${cause.message}`, { cause });
  });
  if (bytes.length > RELEASE_MAX_BYTES) {
    throw new NixwaveError("too-large", `${file} has more than ${RELEASE_MAX_BYTES} bytes`);
  }
  return { bytes, statement: statementForHost(bytes, trust).statement };
}

interface Offer {
  readonly file: string;
  readonly statement: Statement;
  /** Null when the activator has never run. */
  readonly report: HostReport | null;
  readonly leaseMs: number;
}

/** Which system, of what title, for which host, and what it will restart as far as that is known. Pure. */
export function offerText({ file, statement, report, leaseMs }: Offer): string {
  const { host, title, storePath, issued } = statement;
  const lines = [
    `${file} has for ${host}:`,
    `  title    ${title ?? "none"}`,
    `  system   ${nameOf(storePath)}`,
    `  signed   ${new Date(issued).toISOString()}`,
    `  runs now ${nameOf(report?.current ?? null)}${report?.current === storePath ? " (the same)" : ""}`,
    ...changeLines((report?.target === storePath && report.summary) || null),
    `  lease    ${Math.ceil(leaseMs / 60_000)} min to confirm it`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Read from the system itself when it was staged; until then nobody knows. */
function changeLines(summary: ChangeSummary | null): readonly string[] {
  if (summary === null) {
    return ["  restarts not known before it is downloaded; then `nixwave-agent status` says it"];
  }
  const { stop, restart, start, reload, unitsTotal } = summary;
  const all = { stops: stop, restarts: restart, starts: start, reloads: reload };
  const named = stop.length + restart.length + start.length + reload.length;
  const rows = Object.entries(all)
    .filter(([, units]) => units.length > 0)
    .map(([what, units]) => `  ${what.padEnd(8)} ${units.join(", ")}`);
  if (named === 0) return ["  restarts nothing"];
  return unitsTotal > named ? [...rows, `           and ${unitsTotal - named} more units`] : rows;
}

const nameOf = (path: StorePath | null): string =>
  path === null ? "nothing known" : `${storePathName(path)}  ${path}`;
