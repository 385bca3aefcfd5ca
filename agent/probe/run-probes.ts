import type { ProbeReport } from "../../src/contract/index.ts";
import { probeBroker } from "./broker-probe.ts";
import { probeCache } from "./cache-probe.ts";
import { probeCommand } from "./command-probe.ts";
import { probeHttp } from "./http-probe.ts";
import { keepTrying } from "./keep-trying.ts";
import type { ProbePlan } from "./probe-config.ts";
import type { ProbePorts, ProbeTry } from "./probe-ports.ts";
import { probeTcp } from "./tcp-probe.ts";
import { probeUnits } from "./units-probe.ts";

/**
 * Runs all probes side by side; it ends with the last of them, so at the longest `within`. Passed only
 * when each of them passed: no evidence is never healthy. Without any plan there is nothing to fail.
 * @param stop ends them early, as `unknown`
 */
export async function runProbes(
  plans: readonly ProbePlan[],
  ports: ProbePorts,
  stop: AbortSignal,
): Promise<{ readonly isPassed: boolean; readonly probes: readonly ProbeReport[] }> {
  const probes = await Promise.all(
    plans.map((plan) => keepTrying(withSettling(plan), tryOf(plan, ports), stop)),
  );
  return { isPassed: probes.every(({ state }) => state === "passed"), probes };
}

const withSettling = (plan: ProbePlan): ProbePlan =>
  plan.kind === "units" ? { ...plan, timeoutMs: plan.timeoutMs + plan.settleMs } : plan;

function tryOf(plan: ProbePlan, ports: ProbePorts): ProbeTry {
  switch (plan.kind) {
    case "units":
      return (stop) => probeUnits(plan, ports.systemctl, stop);
    case "tcp":
      return (stop) => probeTcp(plan, stop);
    case "http":
      return (stop) => probeHttp(plan, stop);
    case "command":
      return (stop) => probeCommand(plan, ports.commandEnv, stop);
    case "broker":
      return async (stop) => probeBroker(await ports.broker(), ports.host, stop);
    case "cache":
      return async (stop) => probeCache(await ports.cache(), stop);
  }
}
