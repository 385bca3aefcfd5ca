import { appendFile } from "node:fs/promises";
import type { CommandIo } from "../command-io.ts";
import type { HostChange } from "../make-release.ts";
import { cell } from "../wait/ci-log.ts";
import { dateText, pathText } from "../words.ts";

export interface Uploaded {
  readonly url: string;
  readonly serial: number;
  readonly title: string | null;
  readonly refresh: boolean;
  /** Where the signed release was kept on this machine; null when it was not. */
  readonly file: string | null;
  readonly changes: readonly HostChange[];
}

/**
 * What later steps and people of a GitHub workflow get: outputs and the job's summary (docs.github.com, "Workflow commands",
 * GITHUB_OUTPUT and GITHUB_STEP_SUMMARY). Elsewhere nothing.
 */
export async function tellRunner(io: CommandIo, uploaded: Uploaded): Promise<void> {
  const { url, serial, refresh, file } = uploaded;
  const outputs = [`url=${url}`, `serial=${serial}`, `refresh=${refresh}`, `release=${file ?? ""}`];
  await append(io, "GITHUB_OUTPUT", outputs.map((line) => `${line}\n`).join(""));
  await append(io, "GITHUB_STEP_SUMMARY", summaryOf(uploaded));
}

function summaryOf({ url, serial, title, refresh, changes }: Uploaded): string {
  const rows = changes.map(
    ({ host, change, statement }) =>
      `| ${cell(host)} | ${cell(change)} | ${cell(pathText(statement.storePath))} |`,
  );
  const meaning = refresh ? "No closure changes: statements are renewed." : "The hub fetches it.";
  const head = `### Nixwave: ${cell(title ?? dateText(serial))}`;
  const table = ["| host | change | system |", "|---|---|---|", ...rows];
  return [head, "", `Signed and kept at <${url}>. ${meaning}`, "", ...table, "", ""].join("\n");
}

/** The release is up already: what cannot be told about it is a warning. */
async function append(io: CommandIo, variable: string, text: string): Promise<void> {
  const file = io.env[variable];
  if (!file) return;
  try {
    await appendFile(file, text);
  } catch (error) {
    io.stderr.write(`warning: ${variable} was not written: ${(error as Error).message}\n`);
  }
}
