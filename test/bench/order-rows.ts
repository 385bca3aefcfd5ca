import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { promisify } from "node:util";
import { WRAPPER } from "../../agent/machine/switch-files.ts";
import { whileOpen } from "./brokers.ts";
import { inTurn, spread } from "./measure.ts";
import { type OrderHome, openOrderHome } from "./order-home.ts";
import type { LocalSystem } from "./order-systems.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const TURNS = 9;
const run = promisify(execFile);

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** An order over the broker until its system runs; then it is kept, and the host is at rest again. */
async function openOrdered(home: OrderHome) {
  const host = await home.startAgent(await home.newRoot());
  let attempt = 0;
  return async (): Promise<number> => {
    attempt += 1;
    const system = home.systems[attempt % 2 === 0 ? 0 : 1];
    const running = host.running(system);
    const ms = await msOf(async () => {
      await host.order("trial", system, attempt);
      await running;
    });
    await host.reported(({ phase }) => phase === "in-trial");
    await host.order("commit", system, attempt);
    await host.reported(({ phase }) => phase === "idle");
    return ms;
  };
}

/**
 * The same by hand: in one shell, what the activator runs from an order until its system runs. Each as it runs it, and
 * through its own runner where it has one.
 */
export function nixAndSwitchByHand(trust: readonly string[], root: string): string {
  const nix = `--store ${root} ${trust.map((word) => `'${word}'`).join(" ")}`;
  const newCommand = "--extra-experimental-features nix-command";
  const offline = "--option substitute false --option substituters ''";
  return `set -eu
export HOME=${root}/cache XDG_CACHE_HOME=${root}/cache NIX_STATE_DIR=${root}/cache/var NIXWAVE_ROOT=${root}
old=$1; new=$2; runs=$(mktemp -d ${root}/runs-XXXXXX)
nix-store --realise "$new" --add-root ${root}/nix/var/nix/gcroots/nixwave/target ${offline} --store ${root} 2>"$runs/realise"
nix ${newCommand} store verify -r --no-contents "$new" ${nix}
nix ${newCommand} store diff-closures "$old" "$new" ${offline} --store ${root} >"$runs/diff"
wrapped() {
  sh -c "$wrapper" sh "$runs/$1.log" "$runs/$1.result" "$runs/$1.begun" timeout --kill-after=30 900 "${root}$new/bin/switch-to-configuration" "$1"
}
wrapper=$(cat ${root}/wrapper)
wrapped dry-activate
wrapped test
`;
}

async function openByHand(home: OrderHome) {
  const root = await home.newRoot();
  writeFileSync(join(root, "wrapper"), WRAPPER);
  const file = join(root, "by-hand.sh");
  writeFileSync(file, nixAndSwitchByHand(home.trust, root));
  let turn = 0;
  return (): Promise<number> => {
    turn += 1;
    const [old, fresh]: readonly LocalSystem[] =
      turn % 2 === 0 ? [...home.systems].reverse() : home.systems;
    return msOf(() => run("sh", [file, old?.path ?? "", fresh?.path ?? ""]));
  };
}

/** What any program in Node costs before its first line. */
const processStart = (): Promise<number> => msOf(() => run(process.execPath, ["-e", "0"]));

const measureOrders = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const home = await openOrderHome(onEnd);
    const [ordered, byHand] = [await openOrdered(home), await openByHand(home)];
    const starts: number[] = [];
    const { ours, peer } = await inTurn({
      ours: ordered,
      peer: async () => {
        starts.push(await processStart());
        return byHand();
      },
      windows: TURNS,
      onTurn: (turn) => tell(`turn ${turn + 1} of ${TURNS}`),
    });
    const startMs = spread(starts);
    const beyond = ours.map((ms, turn) => (ms - startMs.median) / (peer[turn] ?? Number.NaN));
    return {
      ours: `order to running ${spreadMs(spread(ours))}, of that one process start ${spreadMs(startMs)}`,
      peer: `by hand ${spreadMs(spread(peer))}`,
      ratio: spread(beyond),
    };
  });

export const orderRows: Comparisons = {
  "order-to-running": {
    about:
      "order-to-running: from an order over mosquitto until its system runs, its closure already local, less one process start / the same Nix and switch commands by hand",
    goal: 1.15,
    measure: measureOrders,
  },
};
