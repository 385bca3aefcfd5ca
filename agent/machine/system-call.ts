import { NixwaveError } from "../../src/contract/index.ts";
import { type ProgramEnd, runProgram } from "../run-program.ts";

const CALL_LIMIT_MS = 30_000;

/** Programs of the system, which answer at once or not at all. */
export interface SystemCall {
  /** A bad exit status is a value. @throws NixwaveError program-not-started */
  run(file: string, ...args: readonly string[]): Promise<ProgramEnd>;
  /** @throws NixwaveError program-not-started, with what it said, unless it ends with 0 */
  expect(file: string, args: readonly string[]): Promise<void>;
}

/** @param path where programs are looked for */
export function systemCall(path: string): SystemCall {
  const run = (file: string, ...args: readonly string[]): Promise<ProgramEnd> =>
    runProgram(file, args, { env: { PATH: path }, limitMs: CALL_LIMIT_MS });
  return {
    run,
    async expect(file, args) {
      const { exitCode, stderr } = await run(file, ...args);
      if (exitCode === 0) return;
      const message = `${file}: ${stderr.trim().slice(-400)}`;
      throw new NixwaveError("program-not-started", message);
    },
  };
}
