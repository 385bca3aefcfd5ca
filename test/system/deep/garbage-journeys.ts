import type { HostReport, Order } from "../../../src/contract/index.ts";
import { rootAsNixosDoes } from "../../support/simulated-host/garbage.ts";
import { type HalfSent, sendByHalf } from "../../support/simulated-host/half-sent.ts";
import { holdAt, letGo, untilHeld } from "../../support/simulated-host/hold-point.ts";
import { bootLabHost, type LabHost } from "../../support/simulated-host/lab-host.ts";
import { type Lab, type LabSystem, openLab } from "../../support/simulated-host/lab-system.ts";

/** What a host may have on its disk. `theirs` is what a person switched to by hand, without a generation. */
const NAMES = ["old", "fresh", "theirs"] as const;
type Name = (typeof NAMES)[number];

export interface Journey extends AsyncDisposable {
  readonly lab: Lab;
  readonly host: LabHost;
  readonly systems: Readonly<Record<Name, LabSystem>>;
  readonly archive: HalfSent;
}

interface Phase {
  readonly phase: string;
  /** Brings the host there from the phase before. */
  readonly reach: (journey: Journey) => Promise<unknown>;
  /** What the host reports there, as far as it matters. */
  readonly reported: Partial<Omit<HostReport, "outcome" | "current">> & {
    readonly outcome?: object | null;
    readonly current?: Name;
  };
  readonly stays: readonly Name[];
  readonly goes?: readonly Name[];
}

const phaseOf =
  (phase: HostReport["phase"]) =>
  ({ host }: Journey): Promise<HostReport> =>
    host.until((report) => report.phase === phase);

const over = ({ host }: Journey): Promise<HostReport> =>
  host.until(({ outcome, phase }) => outcome !== null && phase === "idle");

/** Whoever was held goes on: what it waits in is ended, by its id. */
const GO_ON = `for process in $(cat /sys/fs/cgroup/system.slice/nixwave-switch*/cgroup.procs); do
  [ "$(cat /proc/$process/comm)" != sleep ] || kill $process
done`;

async function release({ host }: Journey, point: "test" | "boot"): Promise<void> {
  await letGo(host, point);
  await host.machine.run("sh", "-c", GO_ON);
}

async function confirm({ host, systems }: Journey): Promise<void> {
  await host.renewSession();
  await host.order("commit", systems.fresh);
}

/** What `nixos-rebuild test` does: it runs, and no profile has it. */
async function switchByHand({ host, lab, systems }: Journey): Promise<void> {
  const { path } = systems.theirs;
  const cache = ["--option", "substituters", lab.cacheUrl, "--option", "require-sigs", "false"];
  await host.machine.run("nix-store", "--realise", path, ...cache);
  await host.machine.run(`${path}/bin/switch-to-configuration`, "test");
}

/** Each phase follows from the one before, on the same host. */
export const JOURNEYS: Readonly<Record<string, readonly Phase[]>> = {
  "that is kept, but for a power cut in its commit": [
    {
      phase: "staging, in the middle of the pull",
      reach: async ({ host, systems, archive }) => {
        await host.order("stage", systems.fresh);
        await archive.reached();
      },
      reported: { phase: "staging", current: "old" },
      stays: ["old"],
    },
    {
      phase: "staged",
      reach: async (journey) => {
        await journey.archive.goOn();
        await phaseOf("staged")(journey);
      },
      reported: { phase: "staged", current: "old" },
      stays: ["old", "fresh"],
    },
    {
      phase: "activating, as the switch begins",
      reach: async ({ host, systems }) => {
        await holdAt(host, "test");
        await host.order("trial", systems.fresh);
        await untilHeld(host);
        await host.until(({ phase }) => phase === "activating");
      },
      reported: { phase: "activating", current: "old" },
      stays: ["old", "fresh"],
    },
    {
      phase: "in trial",
      reach: async (journey) => {
        await release(journey, "test");
        await phaseOf("in-trial")(journey);
      },
      reported: { phase: "in-trial", current: "fresh" },
      stays: ["old", "fresh"],
    },
    {
      phase: "committing, when the profile has the new system and the boot loader the old one",
      reach: async (journey) => {
        await holdAt(journey.host, "boot");
        await confirm(journey);
        await untilHeld(journey.host);
        await phaseOf("committing")(journey);
      },
      reported: { phase: "committing", current: "fresh" },
      stays: ["old", "fresh"],
    },
    {
      phase: "rolled back, after the power was cut there",
      reach: async (journey) => {
        await journey.host.machine.cutPower();
        await letGo(journey.host, "boot");
        await journey.host.machine.boot();
        await over(journey);
      },
      reported: { outcome: { code: "rolled-back", reason: "power-lost" }, current: "old" },
      stays: ["old"],
      goes: ["fresh"],
    },
  ],
  "that is undone": [
    {
      phase: "staging, when activator and Nix were killed in the middle of the pull",
      reach: async ({ host, systems, archive }) => {
        await host.order("stage", systems.fresh);
        await archive.reached();
        archive.renew();
        await host.machine.run("systemctl", "kill", "-s", "KILL", "nixwave-activator.service");
        await archive.reached(); // they have begun again
      },
      reported: { phase: "staging", current: "old" },
      stays: ["old"],
    },
    {
      phase: "staged and waiting by its own rules, as a catch-up does, after a reboot",
      reach: async (journey) => {
        const { host, systems, archive } = journey;
        await archive.goOn();
        await phaseOf("staged")(journey);
        await host.command("pause", "2h");
        await host.order("trial", systems.fresh);
        await host.until(({ waiting }) => waiting !== null);
        await host.machine.cutPower();
        await host.machine.boot();
      },
      reported: { phase: "staged", current: "old" },
      stays: ["old", "fresh"],
    },
    {
      phase: "in trial, begun from what a person had switched to meanwhile",
      reach: async (journey) => {
        await switchByHand(journey);
        await journey.host.command("resume");
        await phaseOf("in-trial")(journey);
      },
      reported: { phase: "in-trial", current: "fresh" },
      stays: ["old", "fresh", "theirs"],
    },
    {
      phase: "reverting, as the way back begins",
      reach: async ({ host, systems }) => {
        await holdAt(host, "test");
        await host.order("revert", systems.fresh);
        await untilHeld(host);
        await host.until(({ phase }) => phase === "reverting");
      },
      reported: { phase: "reverting", current: "fresh" },
      stays: ["old", "fresh", "theirs"],
    },
    {
      phase: "rolled back",
      reach: async (journey) => {
        await release(journey, "test");
        await over(journey);
      },
      reported: {
        outcome: { code: "rolled-back", reason: "revert-ordered" },
        current: "theirs",
      },
      stays: ["old", "theirs"],
      goes: ["fresh"],
    },
  ],
  "that reboots": [
    {
      phase: "in trial, after the reboot into it",
      reach: async (journey) => {
        const { host, systems, archive } = journey;
        await host.order("boot", systems.fresh, { approved: "one-shot" } as Partial<Order>);
        await archive.reached();
        await archive.goOn();
        await phaseOf("in-trial")(journey);
      },
      reported: { phase: "in-trial", current: "fresh" },
      stays: ["old", "fresh"],
    },
    {
      phase: "kept: what ran before may go, a later roll back fetches it",
      reach: async (journey) => {
        await confirm(journey);
        await over(journey);
      },
      reported: { outcome: { code: "succeeded" }, current: "fresh" },
      stays: ["fresh"],
      goes: ["old"],
    },
  ],
};

/** A host on system 1, ready to be ordered. */
export async function beginJourney(isReboot: boolean): Promise<Journey> {
  const lab = await openLab();
  const add = (version: string) =>
    lab.add({ version, ...(isReboot && version === "2" ? { kernel: "6.7" } : {}) });
  const systems = { old: await add("1"), fresh: await add("2"), theirs: await add("9") };
  const settings = { lease: "60s" };
  const host = await bootLabHost(lab, systems.old, settings, {
    ...(isReboot ? { loader: "systemd-boot" } : {}),
    install: async (disk) => rootAsNixosDoes(disk),
  });
  const archive = sendByHalf(lab, systems.fresh.path);
  return {
    ...{ lab, host, systems, archive },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}
