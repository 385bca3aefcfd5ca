import { Command } from "commander";
import { type Channel, parseChannel, requireSame } from "../../contract/index.ts";
import { decideAnnouncement, openAll } from "../announcement.ts";
import {
  addBrokerFlags,
  type BrokerFlags,
  readRetainedRelease,
  withBroker,
} from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, nonEmpty, repeatedFlag } from "../flags.ts";
import { readPublicKeys } from "../keys-from-files.ts";
import { paintFor } from "../paint.ts";
import {
  addWaitFlags,
  endWith,
  followRollout,
  type WaitFlags,
  withoutWaitTime,
} from "../wait/follow-rollout.ts";
import { dateText } from "../words.ts";
import { readRelease } from "./sign.ts";

interface Flags extends BrokerFlags, WaitFlags {
  readonly channel?: Channel;
  readonly trusted?: readonly string[];
}

/** `nixwave announce RELEASE`: brings a signed release to the broker, without any key. */
export function announceCommand(io: CommandIo): Command {
  const command = new Command("announce")
    .description("Publish a signed release and read it back. Needs no key.")
    .argument("<release>", "what `nixwave sign` wrote: a file, or -")
    .addOption(flag("--channel <name>", "refuse a release of another channel", parseChannel))
    .addOption(
      repeatedFlag(
        "--trusted <key>",
        "public key, file or name:base64: retained statements of other keys then do not count",
        nonEmpty,
      ),
    )
    .addHelpText(
      "after",
      `
Example, in the CI job that has the broker's password:
  $ nixwave announce release.json --broker mqtts://hub.lan --user ci --password-file ci.password

A release that would take a host back is refused; the same release again is fine (exit status 0).
--wait follows the rollout to its verdict, as for \`nixwave publish\`.`,
    )
    .action((file: string, flags: Flags) => announce(io, file, flags));
  return addBrokerFlags(addWaitFlags(command));
}

async function announce(io: CommandIo, file: string, flags: Flags): Promise<void> {
  const release = await readRelease(io, file);
  const { channel, statements } = openAll(release);
  if (flags.channel) requireSame("wrong-channel", "the release's channel", channel, flags.channel);
  const keys = await readPublicKeys(io, flags.trusted ?? []);
  const trusted = keys.length > 0 ? { keys, threshold: 1 } : undefined;
  await withBroker(io, withoutWaitTime(flags), "announce", async (session) => {
    const { bus, broker, timeoutMs } = session;
    const retained = await readRetainedRelease(session, channel);
    const decision = decideAnnouncement(retained, release, trusted);
    if (decision === "publish") {
      await bus.publishConfirmed({ kind: "release", channel }, release, { timeoutMs });
    }
    const done = decision === "publish" ? "announced and read back" : "already announced";
    const newest = Math.max(...statements.map(({ statement }) => statement.serial));
    const paint = paintFor(io.stdout, io.env);
    io.stdout.write(
      `${paint("good", done)}: ${statements.length} hosts, ${dateText(newest)}, on ${broker}\n`,
    );
    if (!flags.wait) return;
    const title = statements.find(({ statement }) => statement.serial === newest)?.statement.title;
    const { timeout, allHosts } = flags;
    const ask = { release, channel, title: title ?? null, timeout, allHosts, stream: io.stdout };
    endWith(await followRollout(io, session, ask));
  });
}
