import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Argument, Command } from "commander";
import {
  type HostName,
  NixwaveError,
  type PublicKey,
  parseHostName,
  parsePublicKey,
  parseSecretKey,
} from "../../contract/index.ts";
import { replaceWhole } from "../../disk/index.ts";
import { addBrokerFlags, type BrokerFlags, brokerOf, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { readSecretFile } from "../files.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { paintFor } from "../paint.ts";
import { seeHome } from "../rotation/see-home.ts";
import { tellEnd, tellHosts, tellStep } from "../rotation/tell-step.ts";
import { beginRotation, nextStep } from "../rotation/turn-ring.ts";
import { type StepAsked, weighHosts } from "../rotation/weigh-hosts.ts";
import { holdFolder } from "../setup/hold-folder.ts";
import { homeFolderOf } from "../setup/home-folder.ts";
import { type HomePlaces, homePlaces, type KeyRole } from "../setup/home-places.ts";
import { parseSettings } from "../setup/home-settings.ts";
import { openKeeper } from "../setup/keep-file.ts";
import { makeKey } from "../setup/make-home.ts";
import type { HomeInNix } from "../setup/nix-of-home.ts";
import { homeInNix, wholeText } from "../setup/read-home.ts";
import { formatBook, type TrustBook, trustedOf } from "../setup/trust-book.ts";

interface Flags extends BrokerFlags {
  readonly home?: string;
  readonly spare?: string;
  readonly new?: boolean;
  readonly stolen?: boolean;
  readonly next?: boolean;
  readonly leave?: readonly HostName[];
}

const HELP = `
Every host trusts two keys of each kind: the one in use and a spare, which init put into offline/. Usually the spare
takes over and a new spare is made: hosts that sleep meanwhile lose nothing. Where the spare is lost, --new makes a
new key, and the first step teaches every host to trust it.

Without --next it shows the step under way and, with a broker, how far every host is. --next goes on, and is refused
as long as a host that is not left with --leave has not reported that it has this step.

Example:
  $ nixwave keys rotate ci --spare /media/usb/ci-2.secret
  $ nixwave keys rotate ci --next --broker mqtt://nuc.lan --user me --password-file ~/nixwave-home/people/me.password
  $ nixwave keys rotate hub --spare /media/usb/hub-2.secret --stolen

docs/keys.md says what each lost key means. Exit status: 0 done, 1 refused as too early, 2 wrong usage, 3 broker,
5 files.`;

/** `nixwave keys rotate ci|hub`: from one key to the next, no host left behind (issue 7, 8). */
export function rotateCommand(io: CommandIo): Command {
  const command = new Command("rotate")
    .description("Replace a key: shows what to do, step by step, and when it is safe to go on.")
    .addArgument(new Argument("<key>", "ci (says what) or hub (says when)").choices(["ci", "hub"]))
    .addOption(flag("--home <folder>", "what `nixwave init` made", nonEmpty))
    .addOption(flag("--spare <file>", "begin: the spare key takes over", nonEmpty))
    .option("--new", "begin: the spare key is lost; a new one must be trusted first")
    .option("--stolen", "begin: drop the old key at once, and raise the trust epoch")
    .option("--next", "go on, if every host has this step")
    .addOption(
      repeatedFlag("--leave <host>", "do not wait for it: it never comes back", parseHostName),
    );
  return addBrokerFlags(command)
    .addHelpText("after", HELP)
    .action((role: KeyRole, flags: Flags) => rotate(io, role, flags));
}

async function rotate(io: CommandIo, role: KeyRole, flags: Flags): Promise<void> {
  const places = homePlaces(resolve(io.cwd, flags.home ?? homeFolderOf(io)));
  const settings = parseSettings(await wholeText(places.settings), places.settings);
  await holdFolder(places.folder, async () => {
    const home = await homeInNix(places, settings);
    const isBegin = flags.spare !== undefined || flags.new === true || flags.stolen === true;
    if (isBegin || home.book[role].rotation === null) {
      await begin(io, role, places, { flags, book: home.book });
      const begun = await homeInNix(places, settings);
      return say(io, tellStep(role, places, begun, paintFor(io.stdout, io.env)));
    }
    if (flags.next) return await goOn(io, role, places, { flags, home });
    say(io, tellStep(role, places, home, paintFor(io.stdout, io.env)));
    if (brokerOf(io, flags))
      say(io, tellHosts(await weigh(io, role, { flags, home }), flags.leave ?? []));
  });
}

const say = (io: CommandIo, lines: readonly string[]): void => {
  io.stdout.write(`${lines.join("\n")}\n`);
};

/** Keys first, the book last: killed in between, the same line begins again with the keys that are there. */
async function begin(
  io: CommandIo,
  role: KeyRole,
  places: HomePlaces,
  { flags, book }: { readonly flags: Flags; readonly book: TrustBook },
): Promise<void> {
  const spare = book[role].rotation ? null : spareOf(role, places, flags, book);
  const options = { role, hasSpare: spare !== null, stolen: flags.stolen ?? false, now: io.now() };
  const turned = beginRotation(book, options);
  const { active, spare: next } = turned[role];
  const keeper = openKeeper(places.folder);
  if (spare === null) await makeKey(places, keeper, active, places.secretKey(role, active));
  else {
    const text = await readSecretFile(io, spare);
    const known = parsePublicKey(await wholeText(places.publicKey(active)));
    if (parseSecretKey(text).publicKey.material !== known.material) {
      throw new NixwaveError(
        "invalid-key",
        `${spare} is not ${active}, the spare that hosts trust`,
      );
    }
    await keeper.keep(places.secretKey(role, active), () => `${text}\n`);
  }
  await makeKey(places, keeper, next, places.spareKey(next));
  replaceWhole(places.trust, formatBook(turned));
  say(io, [
    "made:",
    ...keeper.made.map((file) => `  ${file}`),
    `move ${places.spareKey(next)} away from this machine`,
    "",
  ]);
}

/** The spare's file; null where a new key shall be made. @throws NixwaveError wrong-usage with what to bring */
function spareOf(role: KeyRole, places: HomePlaces, flags: Flags, book: TrustBook): string | null {
  if (flags.spare !== undefined && flags.new) {
    throw new NixwaveError("wrong-usage", "--spare and --new are two ways; take one");
  }
  if (flags.next) throw new NixwaveError("wrong-usage", `no rotation of ${role} is under way`);
  if (flags.spare !== undefined) return flags.spare;
  if (flags.new) return null;
  const here = places.spareKey(book[role].spare);
  const file = existsSync(here) ? here : `${book[role].spare}.secret, from where you keep it`;
  const why = `begin with --spare FILE (${file}), or with --new where the spare is lost`;
  throw new NixwaveError("wrong-usage", why);
}

interface UnderWay {
  readonly flags: Flags;
  readonly home: HomeInNix;
}

/** @throws NixwaveError rotation-too-early naming each host that would be left behind */
async function goOn(
  io: CommandIo,
  role: KeyRole,
  places: HomePlaces,
  { flags, home }: UnderWay,
): Promise<void> {
  const left = flags.leave ?? [];
  const weights = await weigh(io, role, { flags, home });
  const stranger = left.find((one) => !weights.some(({ host }) => host === one));
  if (stranger)
    throw new NixwaveError("wrong-usage", `--leave ${stranger} is no host of this home`);
  say(io, [...tellHosts(weights, left), ""]);
  const behind = weights.filter(({ host, isDone }) => !(isDone || left.includes(host)));
  if (behind.length > 0) {
    const names = behind.map(({ host, why }) => `${host} ${why}`).join("; ");
    throw new NixwaveError("rotation-too-early", names);
  }
  const from = home.book[role].rotation?.from ?? "";
  const book = nextStep(home.book, role, io.now());
  replaceWhole(places.trust, formatBook(book));
  const further = await homeInNix(places, home.settings);
  const isEnd = book[role].rotation === null;
  const paint = paintFor(io.stdout, io.env);
  say(io, isEnd ? tellEnd(from, book[role], places) : tellStep(role, places, further, paint));
}

async function weigh(io: CommandIo, role: KeyRole, { flags, home }: UnderWay) {
  const asked = askedOf(role, home);
  const seen = await withBroker(io, flags, "keys", (session) =>
    seeHome(io, session, home.settings),
  );
  return weighHosts(asked, seen, home.hosts);
}

function askedOf(role: KeyRole, { book, publicKeys }: HomeInNix): StepAsked {
  const ring = book[role];
  const { rotation } = ring;
  if (rotation === null) throw new Error("no rotation is under way");
  const keyOf = (name: string): PublicKey => parsePublicKey(publicKeys.get(name) ?? "");
  const trusted = trustedOf(role === "ci" ? ring : book.ci).map(keyOf);
  return { role, rotation, active: keyOf(ring.active), trusted };
}
