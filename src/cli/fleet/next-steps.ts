import type { RolloutStatus } from "../../contract/index.ts";
import type { PauseCondition } from "../../rollout/index.ts";
import type { SeenHost, Sight } from "./sight.ts";

/** What a person can do now, the most pressing first, each in one line with its command. Pure. */
export function nextSteps(sight: Sight): readonly string[] {
  const steps = [
    ...linkSteps(sight),
    ...pauseSteps(sight.status),
    ...unheardSteps(sight),
    ...sight.hosts.flatMap((one) => hostSteps(one, sight.status)),
  ];
  return [...new Set(steps)];
}

function linkSteps({ isConnected, hub, status, heard, unreadable }: Sight): readonly string[] {
  if (!isConnected) return ["Wait for the broker, or check it: this is what was known before."];
  const hidden =
    unreadable.length > 0 ? [`Use an operator's account to see ${unreadable.join(", ")}.`] : [];
  if (hub === "offline") {
    return ["Start the hub, or check its connection: nothing moves without it.", ...hidden];
  }
  if (hub === "unheard") {
    return [
      "No hub was ever on this broker: check --broker and --base, or start one (nixwave hub).",
      ...hidden,
    ];
  }
  return status === null ? [BEFORE_ROLLOUTS[heard ?? "none"], ...hidden] : hidden;
}

/** Before the first rollout nothing else on the broker says what became of a release (DESIGN 8: releases settle). */
const BEFORE_ROLLOUTS = {
  none: "No release yet: publish one (nixwave publish).",
  taken:
    "nixwave deploy --now: begins the release that waits, else the hub does when no newer one has come for a while",
  verified: "Look at the flow in Node-RED: its wires have not passed the release on to the rollout",
  refused: "nixwave doctor: says why the hub refused the release",
  recorded: "Nothing to do: every host runs the release already.",
} as const;

const STEPS: Readonly<Record<PauseCondition, string | null>> = {
  Hold: "nixwave resume: releases the hold",
  ApprovalRequired: "nixwave approve: lets it go on",
  OutsideWindow: null,
  PreflightFailed:
    "Look at the sensors: no trial begins in a house that is not healthy; nixwave skip HOST goes on without",
  InconclusiveAnalysis:
    "nixwave skip HOST or nixwave abort: the sensors give no verdict, and what nobody keeps is undone",
  AnalysisError: "Check the sensor gate in Node-RED: it cannot be read",
  HostFailure: "nixwave retry HOST, nixwave skip HOST or nixwave abort: a host did not do well",
  HostSilent: "nixwave skip HOST: goes on without it; else it goes on when the host reports",
  Draining: null,
  Reconciling: null,
  ClockUnsynced: "Set the clock of the hub's machine: it begins nothing before",
  Fenced: "Stop one of the two hubs, then nixwave unfence for the other",
};

function pauseSteps(status: RolloutStatus | null): readonly string[] {
  if (status === null || status.completion !== null) return [];
  return status.paused.flatMap(({ condition }) => STEPS[condition as PauseCondition] ?? []);
}

/** A host that was never set up looks like one that is only slow. */
function unheardSteps({ hosts, status, unreadable }: Sight): readonly string[] {
  if (status?.completion !== null || unreadable.length > 0) return [];
  const names = hosts.filter(({ online, reported }) => online === null && reported === null);
  return names.length === 0
    ? []
    : [
        `Look at nixwave-agent on ${names.map(({ host }) => host).join(", ")}: never heard of on this broker`,
      ];
}

function hostSteps(
  { host, reported, step }: SeenHost,
  status: RolloutStatus | null,
): readonly string[] {
  const steps: string[] = [];
  if (step?.state === "NeedsReboot") {
    steps.push(`nixwave approve ${host}: lets it reboot into the new system`);
  }
  if (step?.state === "TakenOver" || step?.state === "Inconsistent") {
    steps.push(`nixwave retry ${host}: after you have looked at it; it is left alone until then`);
  }
  const isOver = status?.completion !== null;
  if (isOver && (step?.state === "RolledBack" || step?.state === "Failed")) {
    steps.push(`nixwave retry ${host}: tries the release once more`);
  }
  if (reported?.phase === "locked") steps.push(`nixwave retry ${host}: it locked itself`);
  if (reported?.clock === "unsynchronised") {
    steps.push(`Set the clock of ${host} (timedatectl): it takes nothing new before`);
  }
  return steps;
}
