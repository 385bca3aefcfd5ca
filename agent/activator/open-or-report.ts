import { type HostReport, instant, NixwaveError } from "../../src/contract/index.ts";
import { reportable } from "../decide/reportable.ts";
import { type HostMemory, openHostMemory } from "./host-memory.ts";
import { putReport, readReport } from "./host-report.ts";
import type { MemoryForm } from "./memory-forms.ts";
import type { ActivatorParts } from "./ports.ts";

/**
 * Opens the host's memory. One that this program must not touch is said in the report too, because a hub sees no log:
 * the last report stands, with what runs now, the refusal, and, where nothing is under way, as locked.
 * @throws NixwaveError as openHostMemory
 */
export async function openOrReport(
  parts: ActivatorParts,
  forms?: readonly MemoryForm[],
): Promise<HostMemory> {
  const { files, places, say } = parts;
  const trustEpoch = parts.trust.epoch;
  try {
    return await openHostMemory({ files, places, trustEpoch, say, ...(forms && { forms }) });
  } catch (error) {
    if (error instanceof NixwaveError) await reportRefusal(parts, error).catch(() => undefined);
    throw error;
  }
}

async function reportRefusal(parts: ActivatorParts, error: NixwaveError): Promise<void> {
  const last = await readReport(parts);
  if (!last) return;
  const { machine, now } = parts;
  const [bootId, current, booted, profile] = await Promise.all([
    machine.bootId(),
    machine.current(),
    machine.booted(),
    machine.profile(),
  ]);
  const refusal: HostReport["refusal"] = {
    ...{ code: error.code, message: reportable(error.message) },
    ...{ counter: null, at: instant(now()) },
  };
  const phase = last.phase === "idle" ? "locked" : last.phase;
  await putReport(parts, { ...last, bootId, current, booted, profile, phase, refusal });
}
