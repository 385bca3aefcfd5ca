import type { StorePath } from "../../src/contract/index.ts";
import { isDone } from "./busy.ts";
import { runEndText } from "./run-end-text.ts";
import type { View } from "./view.ts";

/**
 * `system` is what boots next: its `boot` said so and the loader's own files, where they can be read, say it too.
 * A program that ends with 0 and wrote nothing would let a power cut choose what nobody stands for.
 */
export const isBootWritten = (view: View, system: StorePath): boolean =>
  isDone(view) && [system, null].includes(view.facts.bootDefault);

/** Why it does not count as written, for people. */
export const notWritten = ({ facts: { run, bootDefault } }: View): string => {
  if (run.state !== "ended") return "it left no result";
  const { end, output } = run;
  return end.kind === "exited" && end.status === 0
    ? `it said yes, but ${bootDefault} boots next`
    : runEndText(end, output, 600);
};
