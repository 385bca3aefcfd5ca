import { type HostName, NixwaveError } from "../../contract/index.ts";
import { NUC, RP3, RP4, X1 } from "./demo-home.ts";
import { type HomeSight, type HomeWatch, hasKept, hasUndone } from "./home-sight.ts";
import type { House } from "./house.ts";
import type { DemoRelease } from "./make-release.ts";

/** What the story may do in the demo's home. */
export interface Stage {
  readonly watch: HomeWatch;
  readonly house: Pick<House, "press">;
  /** Builds the next release and publishes it, as CI does. */
  publish(heating: "works" | "broken", title: string): Promise<DemoRelease>;
  /** x1 comes home. */
  openLaptop(): Promise<void>;
  /** Time passes, so that people see what is. */
  linger(ms: number): Promise<void>;
  /** A heading, for people. */
  say(what: string): void;
}

/**
 * The whole story: a good release, one that lets the bedroom go cold and is undone, a hold by the wall switch,
 * the fix, and a laptop that catches up. Each step is over when the hosts themselves have reported it.
 * @throws NixwaveError demo-not-deployed: a good release came to a bad end
 */
export async function tellStory(stage: Stage): Promise<void> {
  const { watch, house, publish, openLaptop, say } = stage;
  const kept = (release: DemoRelease, hosts: readonly HostName[]): Promise<void> =>
    watch.until((sight) => {
      refuseFailure(sight, release);
      return hosts.every((host) => hasKept(sight, host, release.paths.get(host)));
    });

  say("release 1, all good: rp4, then rp3, then nuc; x1 is away");
  const first = await publish("works", "1: all good");
  await kept(first, [RP4, RP3, NUC]);

  say("release 2 breaks the heating: rp4 tries it, and the bedroom goes cold");
  const second = await publish("broken", "2: a tidier heating service");
  await watch.until((sight) => hasUndone(sight, RP4, second.paths.get(RP4)));
  await watch.until(({ status }) => isPausedBy(status, "HostFailure"));
  await stage.linger(SEEN_MS);

  say("somebody flips the wall switch: nothing new may begin");
  house.press(true);
  await watch.until(({ holds }) => holds.has("wall"));
  const third = await publish("works", "3: the heating is mended");
  await watch.until(({ status }) => status?.title === third.title && isPausedBy(status, "Hold"));
  await stage.linger(SEEN_MS);
  refuseMove(watch.sight, third);

  say("the switch is off again: release 3, the fix, goes its way");
  house.press(false);
  await kept(third, [RP4, RP3, NUC]);

  say("x1 comes home and catches up");
  await openLaptop();
  await kept(third, [X1]);
}

const SEEN_MS = 3000;
const MOVES: ReadonlySet<string> = new Set(["activating", "in-trial", "committing"]);

/** A hold during which a host begins is none. */
function refuseMove({ reports }: HomeSight, { paths }: DemoRelease): void {
  for (const [host, { target, phase, current }] of reports) {
    const path = paths.get(host);
    if (current !== path && !(target === path && MOVES.has(phase))) continue;
    throw new NixwaveError("demo-not-deployed", `${host} began although the wall switch held`);
  }
}

const isPausedBy = (status: HomeSight["status"], condition: string): boolean =>
  status?.paused.some((pause) => pause.condition === condition) ?? false;

const BAD: ReadonlySet<string> = new Set([
  ...["Failed", "Rejected", "RolledBack", "NeedsReboot", "TakenOver", "Inconsistent"],
]);

/** A good release that fails is not waited for. */
function refuseFailure({ status }: HomeSight, { title }: DemoRelease): void {
  if (status?.title !== title) return;
  const failed = status.hosts.find(({ state }) => BAD.has(state));
  if (!failed) return;
  const { host, state, why } = failed;
  throw new NixwaveError("demo-not-deployed", `${host}: ${state}, ${why}`);
}
