import { setTimeout as delay } from "node:timers/promises";
import { failed, passed, type Seen, type Systemctl, unseen } from "./probe-ports.ts";

interface UnitsPlan {
  readonly units: readonly string[];
  readonly settleMs: number;
}

interface UnitState {
  readonly unit: string;
  readonly active: string;
  readonly sub: string;
  /** Null for what is no service: it has no restarts. */
  readonly restarts: string | null;
}

const PROPERTIES = "ActiveState,SubState,NRestarts";

/** All units are active, and stay so without a restart for the time they get to settle. */
export async function probeUnits(
  { units, settleMs }: UnitsPlan,
  systemctl: Systemctl | null,
  stop: AbortSignal,
): Promise<Seen> {
  if (systemctl === null) return unseen("no systemd runs this host (development)");
  const first = await readUnits(units, systemctl, stop);
  if (!Array.isArray(first)) return first;
  const down = inactive(first);
  if (down !== null) return down;
  await delay(settleMs, undefined, { signal: stop });
  const later = await readUnits(units, systemctl, stop);
  if (!Array.isArray(later)) return later;
  const fell = inactive(later);
  if (fell !== null) return fell;
  const restarted = later.filter(({ restarts }, index) => restarts !== first[index]?.restarts);
  if (restarted.length === 0) return passed("active");
  return failed(`restarting: ${restarted.map(({ unit }) => unit).join(", ")}`);
}

function inactive(states: readonly UnitState[]): Seen | null {
  const down = states.filter(({ active }) => active !== "active");
  if (down.length === 0) return null;
  return failed(down.map(({ unit, active, sub }) => `${unit} is ${active} (${sub})`).join(", "));
}

/** `systemctl show` prints one block for each unit, in the order asked; also for a unit that is not there. */
async function readUnits(
  units: readonly string[],
  systemctl: Systemctl,
  stop: AbortSignal,
): Promise<UnitState[] | Seen> {
  const end = await systemctl(["show", "--property", PROPERTIES, "--", ...units], stop);
  if (end.exitCode !== 0)
    return unseen(`systemctl failed: ${end.stderr || `exit ${end.exitCode}`}`);
  const blocks = end.stdout.trimEnd().split(/\n\n+/);
  if (blocks.length !== units.length) return unseen("systemctl did not speak of every unit");
  return units.map((unit, index) => stateOf(unit, blocks[index] ?? ""));
}

function stateOf(unit: string, block: string): UnitState {
  const said = (name: string): string | undefined =>
    new RegExp(`^${name}=(.*)$`, "m").exec(block)?.[1];
  return {
    unit,
    active: said("ActiveState") ?? "unknown",
    sub: said("SubState") ?? "unknown",
    restarts: said("NRestarts") ?? null,
  };
}
