import type { Command } from "commander";
import {
  type Channel,
  type DurationMs,
  parseDuration,
  type Release,
  releaseDigest,
  type Serial,
} from "../../contract/index.ts";
import { openAll } from "../announcement.ts";
import type { BrokerFlags, BrokerSession } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { Ended } from "../ended.ts";
import type { ExitStatus } from "../exit-status.ts";
import { dateText } from "../words.ts";
import { openCiLog } from "./ci-log.ts";
import { type Followed, Following } from "./followed.ts";
import { type Judged, judge } from "./judge.ts";
import { newsOf } from "./news.ts";
import { statusOfVerdict, type Verdict } from "./verdict.ts";

const DEFAULT_WAIT = "30m";
/** A log in which nothing stands for long looks like one that hangs. */
const SAY_AGAIN_MS = 5 * 60_000;
/** All retained state comes within this time of a connection; nothing is final before. */
const FIRST_LOOK_MS = 1500;
/** What the hub tells of one moment comes in several messages. */
const NEARLY_MS = 3000;

export interface WaitFlags {
  readonly wait?: boolean;
  readonly allHosts?: boolean;
}

export const addWaitFlags = (command: Command): Command =>
  command
    .option(
      "--wait",
      `follow the rollout and end with one verdict; --timeout is ${DEFAULT_WAIT} then`,
    )
    .option("--all-hosts", "with --wait: a host that sleeps makes the exit status bad too");

/** With --wait the time is for the verdict; the broker keeps its usual one. */
export function withoutWaitTime<F extends BrokerFlags & WaitFlags>(flags: F): F {
  if (!flags.wait) return flags;
  const { timeout: _timeout, ...rest } = flags;
  return rest as F;
}

interface Ask {
  readonly release: Release;
  readonly channel: Channel;
  readonly title: string | null;
  readonly timeout: DurationMs | undefined;
  readonly allHosts: boolean | undefined;
  /** Where the lines go: standard error when standard output is JSON. */
  readonly stream: NodeJS.WritableStream;
}

/**
 * Follows the rollout of a release that has just been published, until its verdict or the end of the time.
 * @returns the verdict, already said as the last line, and the exit status it asks for
 * @throws NixwaveError as Bus.subscribe
 */
export async function followRollout(
  io: CommandIo,
  session: BrokerSession,
  ask: Ask,
): Promise<{ readonly verdict: Verdict; readonly status: ExitStatus }> {
  const serial = serialOf(ask.release);
  const following = new Following({ digest: releaseDigest(ask.release), serial });
  const log = openCiLog(io, ask.title ?? `release ${dateText(serial)}`, ask.stream);
  const watch = new Watch(io, following, (line) => log.line(line));
  const stop = await listen(session, ask.channel, following, () => watch.look());
  try {
    const { verdict } = await watch.until(ask.timeout ?? parseDuration(DEFAULT_WAIT));
    const status = statusOfVerdict(verdict, ask.allHosts ?? false);
    await log.end(verdict, following.now, status);
    return { verdict, status };
  } finally {
    stop();
  }
}

/** For commands that have nothing more to say. @throws Ended */
export function endWith({ status }: { readonly status: ExitStatus }): void {
  if (status !== 0) throw new Ended(status);
}

const serialOf = (release: Release): Serial =>
  Math.max(...openAll(release).statements.map(({ statement }) => statement.serial)) as Serial;

/** Looks whenever something came, and when the time is over. */
class Watch {
  readonly #io: CommandIo;
  readonly #following: Following;
  readonly #say: (line: string) => void;
  readonly #end = Promise.withResolvers<Judged>();
  #before: Followed | null = null;
  #isOpen: boolean = false;
  #saidAt = 0;
  #nearly: NodeJS.Timeout | undefined;

  constructor(io: CommandIo, following: Following, say: (line: string) => void) {
    this.#io = io;
    this.#following = following;
    this.#say = say;
  }

  look(): void {
    if (!this.#isOpen) return;
    const { now } = this.#following;
    for (const line of newsOf(this.#before, now)) this.#tell(line);
    this.#before = now;
    const judged = judge(now);
    if (judged.isFinal) this.#end.resolve(judged);
    if (judged.isNearlyFinal) {
      this.#nearly ??= setTimeout(() => this.#end.resolve(judge(this.#following.now)), NEARLY_MS);
    }
  }

  async until(timeoutMs: number): Promise<Judged> {
    const open = setTimeout(
      () => {
        this.#isOpen = true;
        this.look();
      },
      Math.min(FIRST_LOOK_MS, timeoutMs),
    );
    const again = setInterval(() => this.#repeat(), SAY_AGAIN_MS / 5);
    const late = setTimeout(() => this.#end.resolve(judge(this.#following.now)), timeoutMs);
    void this.#io.stopRequested().then((signal) => {
      const { verdict } = judge(this.#following.now);
      const why = `interrupted (${signal}); ${verdict.why}`;
      this.#end.resolve({ isFinal: true, verdict: { ...verdict, kind: "timed-out", why } });
    });
    try {
      return await this.#end.promise;
    } finally {
      clearTimeout(open);
      clearTimeout(late);
      clearTimeout(this.#nearly);
      clearInterval(again);
    }
  }

  #tell(line: string): void {
    this.#saidAt = this.#io.now();
    this.#say(line);
  }

  #repeat(): void {
    if (this.#io.now() - this.#saidAt < SAY_AGAIN_MS) return;
    this.#tell(`still waiting: ${judge(this.#following.now).verdict.why}`);
  }
}

/** Hears everything that a verdict is made of, also after every reconnect. @returns stops */
async function listen(
  { bus }: BrokerSession,
  channel: Channel,
  following: Following,
  look: () => void,
): Promise<() => void> {
  const hear = (message: Parameters<Following["hear"]>[0]): void => {
    following.hear(message);
    look();
  };
  const stopLink = bus.onConnection(({ event }) => {
    following.isConnected = event === "connected";
    look();
  });
  const kinds = ["hubStatus", "availability", "rolloutStatus", "rolloutHistory"] as const;
  const subscriptions = await Promise.all([
    ...kinds.map((kind) => bus.subscribe({ kind }, hear as never)),
    bus.subscribe({ kind: "releaseHeard", channel }, hear as never),
    bus.subscribe({ kind: "release", channel }, ({ payload }) => {
      following.see(serialOf(payload));
      look();
    }),
  ]);
  return () => {
    stopLink();
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}
