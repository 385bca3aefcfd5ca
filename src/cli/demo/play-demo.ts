import { type DurationMs, NixwaveError } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { paintFor } from "../paint.ts";
import { type Observed, openChronicle } from "./chronicle.ts";
import { openDemoKeys } from "./demo-keys.ts";
import { narrator } from "./narrator.ts";
import { observedTable } from "./observed-table.ts";
import { afterLimit, type DemoOptions, type LiveDemo, openDemo } from "./run-demo.ts";
import { sceneFor } from "./scene.ts";
import { tellStory } from "./story.ts";

export interface PlayOptions extends Omit<DemoOptions, "tell"> {
  readonly once: boolean;
  readonly limit: DurationMs;
}

/** The demo from its home to its table. @throws NixwaveError as openDemo and tellStory, demo-too-slow */
export async function playDemo(io: CommandIo, options: PlayOptions): Promise<void> {
  const stopped = io.stopRequested();
  const scene = sceneFor(io, options.once);
  await using end = new AsyncDisposableStack();
  end.defer(() => scene.end());
  const demo = end.use(await openDemo({ ...options, tell: scene.tell }));
  const chronicle = openChronicle(demo.releaseOf);
  demo.watch.onChange(narrator(scene.tell, demo.ground.isSimulated));
  demo.watch.onChange(chronicle.look);
  scene.begin(demo);
  end.defer(() => scene.end()); // before the home is taken down
  const keys = openDemoKeys(io, demo, scene);
  end.defer(() => keys.end());
  const over = Promise.race([keys.quit, demo.failed, stopped]);
  const isTold = await Promise.race([
    tellStory({ ...demo, say: scene.heading }).then(() => true),
    afterLimit(options.limit, () => missing(demo)),
    over.then(() => false),
  ]);
  if (isTold && !options.once) {
    scene.stay(demo);
    keys.unlock();
    await over;
  }
  keys.end();
  scene.end();
  await printEnd(io, demo, chronicle.seen, isTold);
  if (!isTold && options.once) {
    throw new NixwaveError("demo-not-deployed", "it was stopped before the story was told");
  }
}

function missing({ watch: { sight }, home }: LiveDemo): string {
  const hosts = home.hosts.map(({ host }) => {
    const report = sight.reports.get(host);
    return report ? `${host} is ${report.phase}, runs ${report.current}` : `${host} is silent`;
  });
  return hosts.join("; ");
}

/** The generations as they lie on disk, beside what the hosts have reported. */
async function printEnd(
  io: CommandIo,
  { home, ground }: LiveDemo,
  observed: readonly Observed[],
  isTold: boolean,
): Promise<void> {
  const paint = paintFor(io.stdout, io.env);
  const generations = new Map<string, readonly number[]>();
  for (const plan of home.hosts) generations.set(plan.host, await ground.generations(plan));
  const table = observedTable(observed, generations, ground.isSimulated);
  io.stdout.write(`\n${table}\n\n`);
  if (!isTold) io.stdout.write(`${paint("warn", "Stopped before the story was told.")}\n`);
  else if (ground.isSimulated) {
    io.stdout.write(`${paint("warn", "SIMULATED: the hosts of this table were made up.")}\n`);
  } else {
    io.stdout.write(
      `${paint("good", "All of it was seen in what the hosts themselves reported.")}\n`,
    );
  }
}
