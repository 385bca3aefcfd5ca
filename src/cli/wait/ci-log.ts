import type { EpochMs } from "../../contract/index.ts";
import { wordFor } from "../../people/index.ts";
import type { CommandIo } from "../command-io.ts";
import type { ExitStatus } from "../exit-status.ts";
import { tellRunnerIn } from "../github/runner-file.ts";
import { paintFor } from "../paint.ts";
import type { Followed } from "./followed.ts";
import { VERDICTS, type Verdict } from "./verdict.ts";

/** Where a rollout is told line by line, for a log that nobody redraws. */
export interface CiLog {
  line(text: string): void;
  /** The way out, and as the last line the verdict; also GitHub's summary. */
  end(verdict: Verdict, followed: Followed, status: ExitStatus): Promise<void>;
}

type LogIo = Pick<CommandIo, "stdout" | "stderr" | "env" | "now">;

/** @param title of the release, for the group and the summary */
export function openCiLog(io: LogIo, title: string, stream: NodeJS.WritableStream): CiLog {
  const isGitHub = io.env["GITHUB_ACTIONS"] === "true";
  const write = (text: string): void => void stream.write(`${text}\n`);
  if (isGitHub) write(`::group::rollout of ${harmless(title)}`);
  const paint = paintFor(stream, io.env);
  return {
    line: (text) => write(`${paint("quiet", clock(io.now()))}  ${harmless(text)}`),
    end: async (verdict, followed, status) => {
      if (isGitHub) write("::endgroup::");
      const said = `${VERDICTS[verdict.kind].words}: ${harmless(verdict.why)}`;
      if (isGitHub && status !== 0) write(`::error title=nixwave::${commandData(said)}`);
      const summary = summaryOf(title, said, verdict, followed);
      await tellRunnerIn(io, "GITHUB_STEP_SUMMARY", summary);
      if (verdict.wayOut !== "") write(`  ${paint("quiet", verdict.wayOut)}`);
      const tone = status !== 0 ? "error" : verdict.kind === "promoted" ? "good" : "warn";
      write(paint(tone, `verdict: ${said}`));
    },
  };
}

const clock = (at: EpochMs): string => `${new Date(at).toISOString().slice(11, 19)}Z`;

/**
 * What hosts and hub say must not command GitHub's runner: it obeys "::" at the beginning of a line, and "##[" anywhere
 * (actions/runner, ActionCommand.cs). Control characters must not redraw the log.
 */
export const harmless = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ")
    .replace(/^(\s*)::/, "$1: :")
    .replaceAll("##[", "## [");

/** As GitHub's toolkit escapes a command's data. */
const commandData = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** Markdown for GitHub's job summary. Pure. */
export function summaryOf(
  title: string,
  said: string,
  { wayOut }: Verdict,
  { status, serial, heard }: Followed,
): string {
  const isOwn = status?.serial === serial || heard?.recorded === "only-statements";
  const rows = (isOwn ? (status?.hosts ?? []) : []).map(
    ({ host, state, why }) =>
      `| ${cell(host)} | ${cell(wordFor("host", state, "en"))} | ${cell(why)} |`,
  );
  const table = rows.length === 0 ? [] : ["| host | state | why |", "|---|---|---|", ...rows, ""];
  return [
    `### Nixwave: ${cell(title)}`,
    "",
    `**${cell(said)}**`,
    "",
    ...(wayOut === "" ? [] : [wayOut, ""]),
    ...table,
    "",
  ].join("\n");
}

/** What others wrote stays text: no table, link, tag or mention comes of it. */
export const cell = (text: string): string =>
  text
    .replace(/[\p{Cc}]+/gu, " ")
    .replace(/[\\`*_{}[\]()<>#|!@&~]/g, (sign) => `&#${sign.codePointAt(0)};`);
