import { Command } from "commander";
import type { Release } from "../../contract/index.ts";
import {
  addBrokerFlags,
  type BrokerFlags,
  type BrokerSession,
  readRetainedRelease,
  withBroker,
} from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { addDescribeFlags, type DescribeFlags, describeSpec } from "../describe-flags.ts";
import type { Description } from "../description.ts";
import { isRefresh, type MadeRelease, newestOf } from "../make-release.ts";
import { paintFor } from "../paint.ts";
import { publishOnTop } from "../publish-on-top.ts";
import { renderChanges } from "../render-release.ts";
import {
  addSignFlags,
  previousOf,
  type Signer,
  type SignFlags,
  signerOf,
  signRelease,
} from "../sign-flags.ts";
import { harmless } from "../wait/ci-log.ts";
import {
  addWaitFlags,
  endWith,
  followRollout,
  type WaitFlags,
  withoutWaitTime,
} from "../wait/follow-rollout.ts";
import type { Verdict } from "../wait/verdict.ts";
import { dateText } from "../words.ts";

interface Flags extends BrokerFlags, DescribeFlags, SignFlags, WaitFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `nixwave publish SPEC`: describe, sign and announce in one. */
export function publishCommand(io: CommandIo): Command {
  const command = new Command("publish")
    .description("Describe, sign and announce a deploy spec in one step, and read it back.")
    .argument("<spec>", 'deploy spec {"agents": {"nuc": "/nix/store/..."}}: a file, `result`, or -')
    .option("--dry-run", "print what would be published, host by host; publish nothing")
    .option("--json", "print the outcome as JSON")
    .addHelpText(
      "after",
      `
Example:
  $ nixwave publish result --key ci-1.secret --fleet home --broker mqtt://hub.lan --user ci \\
      --password-file ci.password --dry-run

Hosts whose closure did not change get a new statement and nothing else happens to them. With --only
the other hosts keep theirs. In CI let one run publish at a time (GitHub: concurrency), or an older
commit that ends later wins.

With --wait it follows the rollout and its last line is a verdict: promoted, incomplete, rolled back, stopped,
refused, held, superseded, timed out or no hub; the exit status says the same. Hosts that sleep do not make it bad:
they catch up. On GitHub the lines are a group, and the job gets a summary.
  $ nixwave publish result --key ci-1.secret --fleet home --broker mqtt://hub.lan --wait --timeout 30m`,
    )
    .action((spec: string, flags: Flags) => publish(io, spec, flags));
  return addBrokerFlags(addWaitFlags(addSignFlags(addDescribeFlags(command))));
}

async function publish(io: CommandIo, spec: string, flags: Flags): Promise<void> {
  const signer = await signerOf(io, flags);
  const description = await describeSpec(io, spec, flags, flags.only);
  await withBroker(io, withoutWaitTime(flags), "publish", async (session) => {
    const made = flags.dryRun
      ? planOn(io, signer, description, await retainedRelease(io, session, signer))
      : await publishOn(io, session, signer, description);
    if (!flags.wait || flags.dryRun) report(io, session, signer, made, flags);
    else await publishAndWait(io, session, signer, made, flags);
  });
}

async function publishAndWait(
  io: CommandIo,
  session: BrokerSession,
  signer: Signer,
  made: MadeRelease,
  flags: Flags,
): Promise<void> {
  if (!flags.json) report(io, session, signer, made, flags);
  const { timeout, allHosts } = flags;
  const stream = flags.json ? io.stderr : io.stdout;
  const { release, changes } = made;
  const ask = { release, channel: signer.channel, title: titleOf(changes), timeout, allHosts };
  const ended = await followRollout(io, session, { ...ask, stream });
  if (flags.json) report(io, session, signer, made, flags, ended.verdict);
  endWith(ended);
}

const publishOn = (
  io: CommandIo,
  session: BrokerSession,
  signer: Signer,
  description: Description,
): Promise<MadeRelease> =>
  publishOnTop({
    read: () => retainedRelease(io, session, signer),
    make: (retained) => planOn(io, signer, description, retained),
    write: (release) =>
      session.bus.publishConfirmed({ kind: "release", channel: signer.channel }, release, {
        timeoutMs: session.timeoutMs,
      }),
    overtaken: () =>
      void io.stderr.write("somebody else published meanwhile; signing again on top of it\n"),
  });

const planOn = (
  io: CommandIo,
  signer: Signer,
  description: Description,
  retained: Release | undefined,
): MadeRelease => signRelease(io, signer, description, previousOf(io, signer, retained));

/** Says once what is retained there but is no release; it will be replaced. */
async function retainedRelease(
  io: CommandIo,
  session: BrokerSession,
  { channel }: Signer,
): Promise<Release | undefined> {
  const saidBefore = new Set(session.refusals.keys());
  const release = await readRetainedRelease(session, channel);
  for (const [topic, { code, message }] of session.refusals) {
    if (topic.endsWith(`/releases/${channel}`) && !saidBefore.has(topic)) {
      io.stderr.write(`warning: what is retained on ${topic} is no release: ${code}: ${message}\n`);
    }
  }
  return release;
}

const titleOf = (changes: MadeRelease["changes"]): string | null =>
  newestOf(changes)?.title ?? null;

function report(
  io: CommandIo,
  { broker }: BrokerSession,
  { channel, fleet }: Signer,
  { changes }: MadeRelease,
  flags: Flags,
  verdict?: Verdict,
): void {
  const serial = newestOf(changes)?.serial ?? 0;
  const refresh = isRefresh(changes);
  if (flags.json) {
    const hosts = changes.map(({ host, change, statement }) => ({ host, change, statement }));
    const outcome = flags.dryRun ? "dry-run" : "published";
    const said = { outcome, broker, fleet, channel, serial, refresh, hosts };
    const all = verdict ? { ...said, verdict } : said;
    io.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  const paint = paintFor(io.stdout, io.env);
  const title = titleOf(changes);
  const head = `release ${dateText(serial)} for fleet ${fleet}, channel ${channel}`;
  const done = flags.dryRun
    ? paint("warn", "dry run: nothing was published")
    : paint("good", `published and read back on ${broker}`);
  io.stdout.write(`${paint("strong", head)}${title ? `: ${harmless(title)}` : ""}\n`);
  io.stdout.write(`${renderChanges(changes, paint)}${done}\n`);
}
