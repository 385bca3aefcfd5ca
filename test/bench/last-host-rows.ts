import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { WRAPPER } from "../../agent/machine/switch-files.ts";
import { arriving, whileOpen } from "./brokers.ts";
import { type LastHostHome, type LocalHost, openLastHostHome } from "./last-host-home.ts";
import { inTurn, ratios, spread } from "./measure.ts";
import { nixAndSwitchByHand } from "./order-rows.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const TURNS = 7;
const run = promisify(execFile);

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** What keeps the system that runs: it becomes the one that boots. */
const keeping = (root: string): string => `
nix-env --store ${root} --profile ${root}/nix/var/nix/profiles/system --set "$new" --option substitute false --option substituters ''
wrapped boot
`;

async function openHost(home: LastHostHome, host: LocalHost) {
  const root = await home.newRoot(host);
  writeFileSync(join(root, "wrapper"), WRAPPER);
  const file = join(root, "by-hand.sh");
  writeFileSync(file, nixAndSwitchByHand(home.trust, root) + keeping(root));
  return (turn: 0 | 1) => {
    const [old, fresh] = [host.systems[turn === 0 ? 1 : 0], host.systems[turn]];
    return run("sh", [file, old.path, fresh.path]);
  };
}

/** Host by host: a start of the program for each of a host's three orders, then its Nix and switch commands. */
async function openByHand(home: LastHostHome) {
  const hosts: Awaited<ReturnType<typeof openHost>>[] = [];
  for (const host of home.hosts) hosts.push(await openHost(home, host));
  return async (turn: 0 | 1): Promise<Parts> => {
    const parts = { startsMs: 0, commandsMs: 0 };
    for (const deploy of hosts) {
      for (let order = 0; order < ORDERS; order++)
        parts.startsMs += await msOf(() => run(process.execPath, ["-e", "0"]));
      parts.commandsMs += await msOf(() => deploy(turn));
    }
    return parts;
  };
}

/** stage, trial, commit: a program is started for each, which ends before the next one comes. */
const ORDERS = 3;

interface Parts {
  readonly startsMs: number;
  readonly commandsMs: number;
}

const measureLastHost = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    tell("four hosts and a hub start");
    const home = await openLastHostHome(onEnd);
    const byHand = await openByHand(home);
    const turns = { ours: 0, peer: 0 };
    const next = (side: "ours" | "peer"): 0 | 1 => (++turns[side] % 2 === 0 ? 0 : 1);
    const parts: Parts[] = [];
    const { ours, peer } = await inTurn({
      ours: () => msOf(() => arriving("the last host's report", home.deploy(next("ours")))),
      peer: async () => {
        const found = await byHand(next("peer"));
        parts.push(found);
        return found.startsMs + found.commandsMs;
      },
      windows: TURNS,
      onTurn: (turn) => tell(`turn ${turn + 1} of ${TURNS}`),
    });
    const starts = spread(parts.map(({ startsMs }) => startsMs));
    return {
      ours: `from the release to the last host's commit ${spreadMs(spread(ours))}`,
      peer: `by hand, host by host ${spreadMs(spread(peer))}, of that ${home.hosts.length * ORDERS} process starts ${spreadMs(starts)}`,
      ratio: spread(ratios(ours, peer)),
    };
  });

export const lastHostRows: Comparisons = {
  "release-to-last-host": {
    about:
      "release-to-last-host: four hosts one after the other, closures already local, settle and soak 0, hub and agents over mosquitto / the same Nix and switch commands by hand in sequence, and the bare process starts",
    goal: 1.5,
    measure: measureLastHost,
  },
};
