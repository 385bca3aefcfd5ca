import { resolve } from "node:path";
import { Command } from "commander";
import { type BrokerUrl, parseBrokerUrl } from "../../bus/index.ts";
import {
  type Channel,
  DEFAULT_BASE,
  type DurationMs,
  NixwaveError,
  parseChannel,
  parseDuration,
  type TrustedKeys,
} from "../../contract/index.ts";
import { hubPlaces } from "../../hub/index.ts";
import manifest from "../../package.json" with { type: "json" };
import { addBrokerFlags, type BrokerFlags, brokerOf } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { CHECKS } from "../doctor/checks.ts";
import { type Examined, examine } from "../doctor/examine.ts";
import { type Known, known, unknown } from "../doctor/facts.ts";
import { gather, type Local } from "../doctor/gather.ts";
import { type FlowRead, readFlow } from "../doctor/read-flow.ts";
import { examinedAsJson, renderExamined } from "../doctor/render.ts";
import { readInput } from "../files.ts";
import { commaList, flag, nonEmpty, repeatedFlag, required } from "../flags.ts";
import { readPublicKeys, readSigningKeys } from "../keys-from-files.ts";
import { paintFor } from "../paint.ts";

interface Flags extends BrokerFlags {
  readonly channel?: Channel;
  readonly key?: readonly string[];
  readonly hubKey?: readonly string[];
  readonly flow?: string;
  readonly state?: string;
  readonly openBroker?: BrokerUrl;
  readonly listen?: DurationMs;
  readonly skip?: readonly string[];
  readonly json?: boolean;
}

const LISTEN = "5s";
const FLOW_MAX_BYTES = 16 * 1024 * 1024;

const HELP = `
It changes nothing: it reads what the broker retains, listens for a while, and tries as a stranger to empty the order
topic of a host that nobody has. Signs: ✓ in order, ✗ wrong, ! look at it, ? not known, which never counts as in order.

Example:
  $ nixwave doctor --broker mqtt://hub.lan --user anna --password-file anna.password --state /var/lib/nixwave-hub
  $ nixwave doctor --broker mqtt://hub.lan --key ci-1.public --hub-key hub-1:... --skip sensor-silent --json

Exit status 0 only if every check is in order, 1 if something was found or could not be looked at.`;

/** `nixwave doctor`: what is most likely wrong in a home, and how to mend it. */
export function doctorCommand(io: CommandIo): Command {
  const command = new Command("doctor")
    .description("Look for what is most likely wrong in a home, and say how to mend it.")
    .addOption(flag("--channel <name>", "which releases (the flow's, else main)", parseChannel))
    .addOption(
      repeatedFlag("--key <key>", "public release key: a file or text (the flow's)", nonEmpty),
    )
    .addOption(repeatedFlag("--hub-key <key>", "the hub's public key: a file or text", nonEmpty))
    .addOption(flag("--flow <file>", "the hub's flow file", nonEmpty))
    .addOption(flag("--state <folder>", "the hub's folder: its flow and its key", nonEmpty))
    .addOption(flag("--open-broker <url>", "where devices connect without a user", parseBrokerUrl))
    .addOption(flag("--listen <duration>", `how long to listen (${LISTEN})`, parseDuration))
    .addOption(flag("--skip <ids>", "checks to leave out, a,b,c", commaList(parseCheckId)))
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action((flags: Flags) => doctor(io, flags));
  return addBrokerFlags(command);
}

async function doctor(io: CommandIo, flags: Flags): Promise<void> {
  const facts = await gather(await localOf(io, flags));
  const wanted = CHECKS.filter(({ id }) => !flags.skip?.includes(id));
  const examined = examine(wanted, facts);
  io.stdout.write(
    flags.json ? examinedAsJson(examined) : renderExamined(examined, paintFor(io.stdout, io.env)),
  );
  conclude(examined);
}

/** @throws NixwaveError doctor-found | doctor-unsure */
function conclude(examined: readonly Examined[]): void {
  const of = (state: string): number =>
    examined.filter(({ answer }) => answer.state === state).length;
  const [well, bad, blind] = [of("ok"), of("found"), of("unknown")];
  const counts = `${well} in order, ${bad} found, ${blind} not known`;
  if (bad > 0) throw new NixwaveError("doctor-found", counts);
  if (blind > 0) throw new NixwaveError("doctor-unsure", counts);
}

function parseCheckId(text: string): string {
  if (CHECKS.some(({ id }) => id === text)) return text;
  const ids = CHECKS.map(({ id }) => id).join(", ");
  throw new NixwaveError("wrong-usage", `there is no check ${JSON.stringify(text)}: ${ids}`);
}

async function localOf(io: CommandIo, flags: Flags): Promise<Local> {
  const broker = required(brokerOf(io, flags), "--broker (or NIXWAVE_BROKER)");
  const places = flags.state === undefined ? null : hubPlaces(resolve(io.cwd, flags.state));
  const file = flags.flow ?? places?.flow;
  const flow = await flowIn(io, file);
  const base = flags.base ?? (flow.isKnown ? flow.value.base : null) ?? DEFAULT_BASE;
  const sensors = flow.isKnown ? known(flow.value.sensors) : flow;
  const webs = flow.isKnown ? known(flow.value.webs) : flow;
  return {
    openBroker: flags.openBroker,
    ...{ io, broker, base, sensors, webs, version: manifest.version, flags: { ...flags, base } },
    channel: flags.channel ?? (flow.isKnown ? flow.value.channel : null) ?? parseChannel("main"),
    listenMs: flags.listen ?? parseDuration(LISTEN),
    releaseKeys: await releaseKeysOf(io, flags, flow),
    hubKeys: await hubKeysOf(io, flags, places?.hubKey),
    flow: flow.isKnown
      ? known({ file: file ?? "", hosts: flow.value.hosts, faults: flow.value.faults })
      : flow,
  };
}

async function flowIn(io: CommandIo, file: string | undefined): Promise<Known<FlowRead>> {
  if (file === undefined) return unknown("no flow was given (--flow FILE or --state FOLDER)");
  const bytes = await readInput(io, file, FLOW_MAX_BYTES);
  return known(readFlow(bytes.toString("utf8")));
}

async function releaseKeysOf(
  io: CommandIo,
  { key = [] }: Flags,
  flow: Known<FlowRead>,
): Promise<Known<TrustedKeys>> {
  const keys = await readPublicKeys(io, key);
  if (keys.length > 0) return known({ keys, threshold: 1 });
  if (!flow.isKnown || flow.value.releaseKeys.length === 0) {
    return unknown("no release key was given (--key, or a flow that names some)");
  }
  return known({ keys: flow.value.releaseKeys, threshold: flow.value.threshold });
}

/** The hub's own file where its folder was given: a hub that keeps its key elsewhere needs --hub-key. */
async function hubKeysOf(
  io: CommandIo,
  { hubKey = [] }: Flags,
  file: string | undefined,
): Promise<Known<TrustedKeys>> {
  const keys = await readPublicKeys(io, hubKey);
  if (keys.length > 0) return known({ keys, threshold: 1 });
  if (file === undefined) return unknown("no hub key was given (--hub-key, or --state FOLDER)");
  const secrets = await readSigningKeys(io, [file]);
  return known({ keys: secrets.map(({ publicKey }) => publicKey), threshold: 1 });
}
