import type { CommandIo } from "../command-io.ts";
import { type MovingPicture, openMovingPicture } from "../moving-picture.ts";
import { type Paint, paintFor } from "../paint.ts";
import { drawFrame } from "./live-view.ts";
import type { LiveDemo } from "./run-demo.ts";
import type { Tell } from "./tell.ts";

/** How the demo is shown: as a picture that moves, or as lines. */
export interface Scene {
  readonly tell: Tell;
  readonly heading: (what: string) => void;
  begin(demo: LiveDemo): void;
  /** The story is told; a person can do things now. */
  stay(demo: LiveDemo): void;
  /** Nothing is shown any more, whatever is still told. */
  end(): void;
}

const FRAME_EVERY_MS = 250;
const READINGS = 24;
const SPOKEN = 8;
const KEYS = "q quit   k kill the hub";
const ALL_KEYS =
  "g good release   b bad release   h hold   l laptop comes home   k kill the hub   q quit";

export const sceneFor = (io: CommandIo, isOnce: boolean): Scene =>
  (io.stdout as { isTTY?: boolean }).isTTY === true && !isOnce ? liveScene(io) : plainScene(io);

function plainScene(io: CommandIo): Scene {
  const paint = paintFor(io.stdout, io.env);
  let write = (line: string): void => void io.stdout.write(`${line}\n`);
  return {
    tell: teller(io, paint, (line) => write(line)),
    heading: (what) => write(`\n${paint("strong", what)}`),
    begin: () => undefined,
    stay: ({ home: { directory }, places: { editorUrl } }) => write(whatNext(directory, editorUrl)),
    end() {
      write = () => undefined;
    },
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

/** Before the home is up there is no picture: lines come as they are. */
function liveScene(io: CommandIo): Scene {
  const paint = paintFor(io.stdout, io.env);
  const startedAt = io.now();
  const lines: string[] = [];
  const seen = { heading: "starting", keys: KEYS, bedroom: [] as number[] };
  let screen: MovingPicture | null = null;
  let draw = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const tell = teller(io, paint, (line) => {
    if (isOver) return;
    if (screen) lines.splice(0, Math.max(0, lines.push(line) - SPOKEN));
    else io.stdout.write(`${line}\n`);
  });
  return {
    tell,
    heading(what) {
      seen.heading = what;
      tell("demo", what);
    },
    begin(demo) {
      screen = openMovingPicture(io.stdout);
      draw = () => screen?.draw(picture(io, demo, { ...seen, lines, startedAt }, paint));
      timer = setInterval(() => {
        seen.bedroom.splice(0, Math.max(0, seen.bedroom.push(demo.house.bedroom) - READINGS));
        draw();
      }, FRAME_EVERY_MS);
    },
    stay({ places }) {
      seen.keys = ALL_KEYS;
      seen.heading = "the story is told; the home stays up, and you can go on";
      tell("demo", `open ${places.editorUrl}, and press a key`);
    },
    end() {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      draw();
      screen?.end();
    },
  };
}

interface Seen {
  readonly heading: string;
  readonly keys: string;
  readonly bedroom: readonly number[];
  readonly lines: readonly string[];
  readonly startedAt: number;
}

function picture(io: CommandIo, demo: LiveDemo, seen: Seen, paint: Paint): string {
  const { startedAt, ...shown } = seen;
  const frame = {
    ...shown,
    seconds: (io.now() - startedAt) / 1000,
    sight: demo.watch.sight,
    hosts: demo.home.hosts.map(({ host }) => host),
    isSimulated: demo.ground.isSimulated,
    releaseOf: demo.releaseOf,
    editorUrl: demo.places.editorUrl,
    columns: (io.stdout as { columns?: number }).columns ?? 80,
  };
  return drawFrame(frame, paint);
}

const whatNext = (directory: string, editorUrl: string): string => `
The home stays up. What to try next:
  open ${editorUrl} and look at the flow; its nodes show what they do
  ls -l ${directory}/rp4/run ${directory}/rp4/nix/var/nix/profiles
Ctrl-C ends it and removes ${directory}.`;
