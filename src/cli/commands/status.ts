import { Command } from "commander";
import { NixwaveError } from "../../contract/index.ts";
import {
  addBrokerFlags,
  type BrokerFlags,
  type BrokerSession,
  withBroker,
} from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { drawStatus, type Room } from "../fleet/draw-status.ts";
import { homeHere } from "../fleet/home-here.ts";
import { lookOn, lookOnce } from "../fleet/look.ts";
import type { Sights } from "../fleet/sight.ts";
import { statusJson } from "../fleet/status-json.ts";
import { openMovingPicture } from "../moving-picture.ts";
import { nowhere } from "../nowhere.ts";
import { paintFor } from "../paint.ts";

interface Flags extends BrokerFlags {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** Often enough for an eye, rarely enough for a serial line. */
const DRAW_AT_MOST_EVERY_MS = 150;
/** "asleep since" and days change without a message. */
const DRAW_AT_LEAST_EVERY_MS = 30_000;

type Terminal = NodeJS.WriteStream;

/** `nixwave status`: what the home is doing, once or for as long as somebody looks. */
export function statusCommand(io: CommandIo): Command {
  const command = new Command("status")
    .description("Show the rollout, every host with the release it runs, and what to do next.")
    .option("--watch", "keep it on the screen, drawn anew whenever something changes")
    .option("--json", "print JSON; with --watch one document a line")
    .addHelpText(
      "after",
      `
Examples:
  $ nixwave status --broker mqtt://hub.lan --user anna
  $ nixwave status --watch
  $ nixwave status --json | jq -r '.hosts[] | select(.online | not) | .host'

A dot says whether a host is there. It shows what the broker holds, also when no hub is there, and says so. Exit
status 0 whatever the hosts do; 3 without a broker. Colours on a terminal only (NO_COLOR).`,
    )
    .action((flags: Flags) => status(io, flags));
  return addBrokerFlags(command);
}

async function status(io: CommandIo, flags: Flags): Promise<void> {
  const isTerminal = (io.stdout as Terminal).isTTY === true;
  if (flags.watch && !flags.json && !isTerminal) {
    throw new NixwaveError("wrong-usage", "--watch draws on a terminal; add --json for a program");
  }
  // A line of a log would tear the picture, which says itself whether there is a connection.
  const isDrawn = flags.watch === true && !flags.json;
  await withBroker(
    isDrawn ? { ...io, stderr: nowhere() } : io,
    flags,
    "status",
    async (session) => {
      const sights = await lookOnce(session);
      if (!flags.watch) print(io, sights, flags);
      else await watch(io, session, sights, flags.json ? jsonLines(io) : screenOf(io));
    },
  );
}

function print(io: CommandIo, sights: Sights, { json }: Flags): void {
  const sight = sights.now(io.now());
  const text = json
    ? JSON.stringify(statusJson(sight), null, 2)
    : drawStatus(sight, homeHere(), paintFor(io.stdout, io.env), { ...roomOf(io), rows: null });
  io.stdout.write(`${text}\n`);
}

const roomOf = ({ stdout }: CommandIo): Room => {
  const { isTTY, columns, rows } = stdout as Terminal;
  return isTTY ? { columns: columns || 80, rows: rows || 24 } : { columns: null, rows: null };
};

interface Canvas {
  draw(sights: Sights): void;
  end(): void;
}

function screenOf(io: CommandIo): Canvas {
  const picture = openMovingPicture(io.stdout);
  const paint = paintFor(io.stdout, io.env);
  return {
    draw: (sights) => picture.draw(drawStatus(sights.now(io.now()), homeHere(), paint, roomOf(io))),
    end: picture.end,
  };
}

/** Only what is news: the time alone is none. */
function jsonLines(io: CommandIo): Canvas {
  let before = "";
  return {
    draw: (sights) => {
      const document = statusJson(sights.now(io.now()));
      const same = JSON.stringify({ ...document, at: 0 });
      if (same === before) return;
      before = same;
      io.stdout.write(`${JSON.stringify(document)}\n`);
    },
    end: () => undefined,
  };
}

async function watch(
  io: CommandIo,
  session: BrokerSession,
  sights: Sights,
  canvas: Canvas,
): Promise<void> {
  let drawing: NodeJS.Timeout | undefined;
  const soon = (): void => {
    drawing ??= setTimeout(() => {
      drawing = undefined;
      canvas.draw(sights);
    }, DRAW_AT_MOST_EVERY_MS);
  };
  const stopped = io.stopRequested();
  const beat = setInterval(soon, DRAW_AT_LEAST_EVERY_MS);
  io.stdout.on("resize", soon);
  try {
    const stop = await lookOn(session, sights, soon);
    canvas.draw(sights);
    await stopped;
    stop();
  } finally {
    io.stdout.off("resize", soon);
    clearInterval(beat);
    clearTimeout(drawing);
    canvas.end();
  }
}
