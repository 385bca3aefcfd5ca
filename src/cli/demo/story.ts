import { NixwaveError } from "../../contract/index.ts";
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
  /** A heading, for people. */
  say(what: string): void;
}

/** One thing that was seen in reported state, for the table at the end. */
export interface Observed {
  readonly what: string;
  readonly release: DemoRelease;
  readonly host: string;
  readonly storePath: string;
}

/**
 * The whole story: a good release, one that lets the bedroom go cold and is undone, a hold by the wall switch,
 * the fix, and a laptop that catches up. Each step is over when the hosts themselves have reported it.
 */
export async function tellStory(stage: Stage): Promise<readonly Observed[]> {
  const { watch, house, say } = stage;
  const observed: Observed[] = [];
  const note = (what: string, release: DemoRelease, hosts: readonly (typeof RP4)[]): void => {
    for (const host of hosts) {
      const storePath = watch.sight.reports.get(host)?.current ?? "";
      observed.push({ what, release, host, storePath });
    }
  };
  const kept = (release: DemoRelease, hosts: readonly (typeof RP4)[]): Promise<void> =>
    watch.until((sight) => {
      refuseFailure(sight, release);
      return hosts.every((host) => hasKept(sight, host, release.paths.get(host)));
    });

  say("release 1, all good: rp4, then rp3, then nuc; x1 is away");
  const first = await stage.publish("works", "1: all good");
  await kept(first, [RP4, RP3, NUC]);
  note("kept", first, [RP4, RP3, NUC]);

  say("release 2 breaks the heating: rp4 tries it, and the bedroom goes cold");
  const second = await stage.publish("broken", "2: a tidier heating service");
  await watch.until((sight) => hasUndone(sight, RP4, second.paths.get(RP4)));
  await watch.until(({ status }) => isPausedBy(status, "HostFailure"));
  note("undone: the bedroom went cold", second, [RP4]);

  say("somebody flips the wall switch: nothing new may begin");
  house.press(true);
  await watch.until(({ holds }) => holds.has("wall"));
  const third = await stage.publish("works", "3: the heating is mended");
  await watch.until(({ status }) => status?.title === third.title && isPausedBy(status, "Hold"));
  note("held by the wall switch", third, [RP4]);

  say("the switch is off again: release 3, the fix, goes its way");
  house.press(false);
  await kept(third, [RP4, RP3, NUC]);
  note("kept", third, [RP4, RP3, NUC]);

  say("x1 comes home and catches up");
  await stage.openLaptop();
  await kept(third, [X1]);
  note("caught up", third, [X1]);
  return observed;
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
