import type { CommandIo } from "../command-io.ts";
import type { HostChange } from "../make-release.ts";
import { cell } from "../wait/ci-log.ts";
import { dateText, pathText } from "../words.ts";
import { tellRunnerIn } from "./runner-file.ts";

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
  await tellRunnerIn(io, "GITHUB_OUTPUT", outputs.map((line) => `${line}\n`).join(""));
  await tellRunnerIn(io, "GITHUB_STEP_SUMMARY", summaryOf(uploaded));
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
