import type { Order } from "../../../src/contract/index.ts";
import type { HostPlan } from "./host-shape.ts";
import { bootLabHost, type LabHost } from "./lab-host.ts";
import { type LabPlan, openLab } from "./lab-system.ts";

interface TrialPlan {
  readonly next: Omit<LabPlan, "version">;
  readonly old?: Omit<LabPlan, "version">;
  /** Of the host's configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly host?: Partial<HostPlan>;
  readonly order?: Partial<Order>;
  /** Before anything is ordered. */
  readonly prepare?: (host: LabHost) => Promise<void>;
}

/** A host with system 1 on it, to which system 2 has been ordered: a trial, unless the order says otherwise. */
export async function tried(plan: TrialPlan) {
  const lab = await openLab();
  const old = await lab.add({ version: "1", ...plan.old });
  const fresh = await lab.add({ version: "2", ...plan.next });
  const host = await bootLabHost(lab, old, plan.settings, plan.host);
  await plan.prepare?.(host);
  await host.order(plan.order?.goal ?? "trial", fresh, plan.order);
  return {
    ...{ host, old: old.path, fresh: fresh.path, system: fresh },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

export const ended = (host: LabHost) => host.until(({ outcome }) => outcome !== null);
export const inTrial = (host: LabHost) => host.until(({ phase }) => phase === "in-trial");
