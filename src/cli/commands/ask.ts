import { Command } from "commander";
import {
  type ControlRequest,
  type ControlResponse,
  type DurationMs,
  ERRORS,
  type ErrorCode,
  type HostName,
  NixwaveError,
  parseDuration,
  parseHostName,
  parseRolloutId,
  parseUserName,
  type RolloutId,
  type UserName,
} from "../../contract/index.ts";
import { addBrokerFlags, type BrokerFlags, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, flagOrVariable, required } from "../flags.ts";
import { askHub } from "../fleet/ask-hub.ts";
import { REQUESTS, type RequestName, type RequestWords } from "../fleet/requests.ts";
import { paintFor } from "../paint.ts";

interface Flags extends BrokerFlags {
  readonly for?: DurationMs;
  readonly now?: boolean;
  readonly rollout?: RolloutId;
  readonly json?: boolean;
}

/** `nixwave hold`, `resume`, `deploy` and the like: one request to the hub, and its answer. */
export function askCommand(io: CommandIo, name: RequestName): Command {
  const words: RequestWords = REQUESTS[name];
  const command = new Command(name).description(words.description);
  if (words.host === "one") command.argument("<host>", words.hostWords, parseHostName);
  if (words.host === "any") command.argument("[host]", words.hostWords, parseHostName);
  if (name === "hold") {
    command.addOption(flag("--for <duration>", "such as 2h or 30m (the plan's)", parseDuration));
  }
  if (name === "deploy") {
    command.option("--now", "do not wait for more releases, and without soak; never without trial");
  }
  command
    .addOption(
      flag("--rollout <id>", "refuse when another rollout is there by now", parseRolloutId),
    )
    .option("--json", "print the hub's answer as JSON")
    .addHelpText("after", helpOf(words))
    .action((...args: readonly unknown[]) => {
      const host = words.host === "none" ? undefined : (args[0] as HostName | undefined);
      return ask(io, words, host, (words.host === "none" ? args[0] : args[1]) as Flags);
    });
  return addBrokerFlags(command);
}

const helpOf = ({ examples }: RequestWords): string => `
${examples.length === 1 ? "Example" : "Examples"}:
${examples.map((one) => `  $ ${one} --broker mqtt://hub.lan --user anna`).join("\n")}

Needs an operator's account on the broker, whose name the hub tells everybody. Exit status 1 when the hub refuses,
6 when no hub is there or it does not answer.`;

async function ask(
  io: CommandIo,
  { action }: RequestWords,
  host: HostName | undefined,
  flags: Flags,
): Promise<void> {
  const user = operatorOf(io, flags);
  const request: Omit<ControlRequest, "id"> = {
    action,
    ...(host === undefined ? {} : { host }),
    ...(flags.for === undefined ? {} : { duration: flags.for }),
    ...(flags.now === undefined ? {} : { now: flags.now }),
    ...(flags.rollout === undefined ? {} : { rollout: flags.rollout }),
  };
  await withBroker(io, { ...flags, user }, action, async (session) => {
    const answer = await askHub(session, user, request);
    if (flags.json) io.stdout.write(`${JSON.stringify({ ...answer, by: user }, null, 2)}\n`);
    if (answer.status === "refused") throw refusalOf(answer);
    if (flags.json) return;
    const paint = paintFor(io.stdout, io.env);
    const by = paint("quiet", `(asked as ${user})`);
    io.stdout.write(`${paint("good", "done:")} ${answer.message} ${by}\n`);
  });
}

const operatorOf = (io: CommandIo, flags: Flags): UserName =>
  required(
    flagOrVariable(flags.user, io, "NIXWAVE_BROKER_USER", parseUserName),
    "--user (or NIXWAVE_BROKER_USER): the hub tells everybody who asked, and it",
  );

/** A newer hub may have codes that this program does not know. */
function refusalOf({ code, message }: ControlResponse): NixwaveError {
  if (code !== null && Object.hasOwn(ERRORS, code)) {
    return new NixwaveError(code as ErrorCode, message);
  }
  return new NixwaveError("request-refused", code === null ? message : `${code}: ${message}`);
}
