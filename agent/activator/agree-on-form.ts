import { NixwaveError, type StorePath } from "../../src/contract/index.ts";
import { commonForm, rangeOf } from "./memory-forms.ts";
import type { Stage } from "./stage.ts";

/**
 * Before a trial the host's memory goes into the newest form that this program, the target's, and that of what boots
 * meanwhile all know: whichever of them goes on after a switch, a power cut or a way back can read what the others
 * wrote (DESIGN 7, "so that the version that comes back after a revert can read it").
 * @throws NixwaveError agent-too-far when they have none in common
 */
export async function agreeOnForm(
  { parts, memory, facts }: Pick<Stage, "parts" | "memory" | "facts">,
  target: StorePath,
): Promise<void> {
  const systems = [target, facts.profile, facts.booted].filter((path) => path !== null);
  const ranges = await Promise.all(systems.map((path) => parts.closures.memoryOf(path)));
  const others = ranges.filter((range) => range !== null);
  const form = commonForm(memory.forms, others);
  if (form !== null) return memory.useForm(form);
  const shown = others.map(({ from, to }) => `${from} to ${to}`).join(", ");
  const { from, to } = rangeOf(memory.forms);
  throw new NixwaveError(
    "agent-too-far",
    `${target} and what runs and boots here know the forms ${shown} of the host's memory, this program ${from} to ${to}: none is the same`,
  );
}
