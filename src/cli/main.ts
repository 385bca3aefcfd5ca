#!/usr/bin/env node
import process from "node:process";
import { instant } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { printFailure } from "./failure.ts";
import { run } from "./run.ts";

const io: CommandIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  now: () => instant(Date.now()),
  stopRequested: () =>
    new Promise((resolve) => {
      const stop = (signal: NodeJS.Signals): void => {
        process.off("SIGINT", stop);
        process.off("SIGTERM", stop);
        resolve(signal);
      };
      process.on("SIGINT", stop);
      process.on("SIGTERM", stop);
    }),
};

// `nixwave verify ... | head` closes the pipe early: the reader has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.on("uncaughtException", (error) => {
  process.exit(printFailure(error, io));
});

process.exitCode = await run(process.argv.slice(2), io);
