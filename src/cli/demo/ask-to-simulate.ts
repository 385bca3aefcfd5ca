import { createInterface } from "node:readline/promises";
import type { CommandIo } from "../command-io.ts";
import { paintFor } from "../paint.ts";

/**
 * Says that there is no Nix, how to get it, and asks whether the hosts shall be simulated. Without a terminal
 * nobody is asked, and nothing is simulated.
 */
export async function askToSimulate(io: CommandIo): Promise<boolean> {
  const isTerminal = [io.stdin, io.stdout].every((one) => (one as { isTTY?: boolean }).isTTY);
  if (!isTerminal) return false;
  const lines = createInterface({ input: io.stdin, output: io.stdout });
  try {
    const question = "Go on with hosts that are SIMULATED in this process? [y/N] ";
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } catch {
    return false; // Ctrl-C, or the end of the input
  } finally {
    lines.close();
  }
}

/** The first thing that is said on a machine without Nix. */
export function sayNixIsMissing(io: CommandIo): void {
  const strong = (text: string): string => paintFor(io.stdout, io.env)("strong", text);
  io.stdout.write(`${strong("Nix is not on this machine, and the demo is about the real Nix.")}\n`);
  io.stdout.write(`Get it: ${strong("apt install nix-bin")}, or https://nixos.org/download/\n`);
  io.stdout.write(
    "Without it: `nixwave demo --simulate` goes on with hosts that only say what hosts say.\n",
  );
}
