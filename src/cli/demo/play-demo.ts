import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DurationMs } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { type Paint, paintFor } from "../paint.ts";
import type { DemoHome } from "./demo-home.ts";
import { drawFrame, openScreen } from "./live-view.ts";
import { narrator } from "./narrator.ts";
import { observedTable } from "./observed-table.ts";
import { listenToKeys } from "./press-keys.ts";
import { afterLimit, type DemoOptions, type LiveDemo, openDemo, type Tell } from "./run-demo.ts";
import { type Observed, tellStory } from "./story.ts";

export interface PlayOptions extends Omit<DemoOptions, "tell"> {
  readonly once: boolean;
  readonly limit: DurationMs;
}

const KEYS = "g good release   b bad release   h hold   k kill the hub   l laptop   q quit";
const TAIL = 8;
const FRAME_EVERY_MS = 250;
const READINGS = 40;

/** The demo from its first line to its table. @throws NixwaveError as openDemo and tellStory, demo-too-slow */
export async function playDemo(io: CommandIo, options: PlayOptions): Promise<void> {
  const stopped = io.stopRequested();
  const isLive = (io.stdout as { isTTY?: boolean }).isTTY === true && !options.once;
  const scene = isLive ? liveScene(io) : plainScene(io);
  try {
    await using demo = await openDemo({ ...options, tell: scene.tell });
    demo.watch.onChange(narrator(scene.tell));
    scene.begin(demo);
    const observed = await Promise.race([
      tellStory({ ...demo, say: scene.heading }),
      demo.failed,
      afterLimit(options.limit, () => missing(demo)),
      stopped.then(() => null),
    ]);
    if (observed && !options.once) {
      scene.heading(`the story is told; the home stays up. ${demo.hub.editorUrl}`);
      scene.next(demo);
      await Promise.race([untilQuit(io, demo, scene), demo.failed, stopped]);
    }
    scene.end();
    if (observed) await printTable(io, demo, observed);
    else io.stdout.write("stopped before the story was told\n");
  } finally {
    scene.end();
  }
}

/** How the demo is shown: as a picture that moves, or as lines. */
interface Scene {
  readonly tell: Tell;
  readonly heading: (what: string) => void;
  begin(demo: LiveDemo): void;
  /** What a person can do now. */
  next(demo: LiveDemo): void;
  end(): void;
}

function plainScene(io: CommandIo): Scene {
  const paint = paintFor(io.stdout, io.env);
  const tell = teller(io, paint, (line) => void io.stdout.write(`${line}\n`));
  return {
    tell,
    heading: (what) => void io.stdout.write(`\n${paint("strong", what)}\n`),
    begin: () => undefined,
    next: ({ home, hub }) => void io.stdout.write(`${whatNext(home, hub.editorUrl)}\n`),
    end: () => undefined,
  };
}

function teller(io: CommandIo, paint: Paint, write: (line: string) => void): Tell {
  const startedAt = io.now();
  return (who, what) => {
    const seconds = ((io.now() - startedAt) / 1000).toFixed(1).padStart(5);
    for (const line of what.split("\n")) {
      write(`${paint("quiet", `${seconds} s`)}  ${paint("strong", who.padEnd(8))}  ${line}`);
    }
  };
}

function liveScene(io: CommandIo): Scene {
  const paint = paintFor(io.stdout, io.env);
  const startedAt = io.now();
  const lines: string[] = [];
  const bedroom: number[] = [];
  let heading = "starting";
  let screen: ReturnType<typeof openScreen> | null = null;
  let timer: NodeJS.Timeout | undefined;
  // Before the home is up there is no picture: lines come as they are.
  const tell = teller(io, paint, (line) => {
    if (screen) lines.splice(0, Math.max(0, lines.push(line) - TAIL));
    else io.stdout.write(`${line}\n`);
  });
  const draw = (demo: LiveDemo): void => {
    bedroom.splice(0, Math.max(0, bedroom.push(demo.house.bedroom) - READINGS));
    const releaseOf = (path: string): number | null =>
      demo.releases.find(({ paths }) => [...paths.values()].some((one) => one === path))?.number ??
      null;
    const hosts = demo.home.hosts.map(({ host }) => host);
    const columns = (io.stdout as { columns?: number }).columns ?? 80;
    const seconds = (io.now() - startedAt) / 1000;
    const { sight } = demo.watch;
    const keys = `${KEYS}   ${demo.hub.editorUrl}`;
    screen?.draw(
      drawFrame(
        { seconds, heading, sight, hosts, releaseOf, bedroom, lines, keys, columns },
        paint,
      ),
    );
  };
  return {
    tell,
    heading: (what) => {
      heading = what;
      tell("demo", what);
    },
    begin(demo) {
      screen = openScreen(io.stdout);
      timer = setInterval(() => draw(demo), FRAME_EVERY_MS);
    },
    next: () => undefined,
    end() {
      clearInterval(timer);
      screen?.done();
      screen = null;
    },
  };
}

/** Keys of a terminal; without one only Ctrl-C is left. */
function untilQuit(io: CommandIo, demo: LiveDemo, scene: Scene): Promise<void> {
  return new Promise((resolve, reject) => {
    let isHeld = false;
    const deeds: Readonly<Record<string, () => unknown>> = {
      g: () => demo.publish("works", `${demo.releases.length}: all good`),
      b: () => demo.publish("broken", `${demo.releases.length}: a bad heating`),
      h: () => {
        isHeld = !isHeld;
        demo.house.press(isHeld);
        scene.heading(isHeld ? "the wall switch holds; h releases it" : "the wall switch is off");
      },
      k: () => {
        scene.heading("the hub is killed with SIGKILL, broker and all, and comes back");
        return demo.hub.killAndRestart();
      },
      l: () => demo.openLaptop(),
    };
    const leave = listenToKeys(io.stdin, (key) => {
      if (key === "q") {
        leave();
        resolve();
        return;
      }
      Promise.resolve(deeds[key]?.()).catch((error: unknown) => {
        leave();
        reject(error);
      });
    });
  });
}

function missing({ watch: { sight }, home }: LiveDemo): string {
  const hosts = home.hosts.map(({ host }) => {
    const report = sight.reports.get(host);
    return report ? `${host} is ${report.phase}, runs ${report.current}` : `${host} is silent`;
  });
  return hosts.join("; ");
}

const whatNext = ({ directory }: DemoHome, editorUrl: string): string => `
The home stays up. What to try next:
  open ${editorUrl} and look at the flow; its nodes show what they do
  ls -l ${directory}/rp4/run ${directory}/rp4/nix/var/nix/profiles
Ctrl-C ends it and removes ${directory}.`;

/** The generations as they lie on disk, beside what the hosts have reported. */
async function printTable(
  io: CommandIo,
  { home }: LiveDemo,
  observed: readonly Observed[],
): Promise<void> {
  const generations = new Map<string, readonly string[]>();
  for (const { host, root } of home.hosts) {
    const names = await readdir(join(root, "nix/var/nix/profiles"));
    const links = names.filter((name) => /^system-\d+-link$/.test(name));
    generations.set(
      host,
      links.map((name) => name.replace(/\D/g, "")).toSorted((a, b) => +a - +b),
    );
  }
  const paint = paintFor(io.stdout, io.env);
  io.stdout.write(`\n${observedTable(observed, generations)}\n\n`);
  io.stdout.write(
    `${paint("good", "All of it was seen in what the hosts themselves reported.")}\n`,
  );
}
