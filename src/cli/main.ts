#!/usr/bin/env node
import process from "node:process";
import { instant, NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { printFailure } from "./failure.ts";
import { run } from "./run.ts";

const { promise: outputEnded, resolve: endOutput } = Promise.withResolvers<void>();

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
      void outputEnded.then(() => stop("SIGPIPE"));
    }),
};

// Whatever goes on ends in order, and keeps its own exit status.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  endOutput();
  if (error.code === "EPIPE") return; // `nixwave verify ... | head`: the reader has what it wanted
  const lost = new NixwaveError("file-unwritable", `standard output: ${error.message}`);
  process.exitCode ||= printFailure(lost, io);
});
process.stderr.on("error", () => undefined); // a log that nobody reads is no reason to end
process.on("uncaughtException", (error) => {
  process.exit(printFailure(error, io));
});

const status = await run(process.argv.slice(2), io);
process.exitCode ||= status;
// Everything is closed; Node-RED's timer for editor sessions has no end (editor-api, auth/tokens.js).
setTimeout(() => process.exit(), 1000).unref();
