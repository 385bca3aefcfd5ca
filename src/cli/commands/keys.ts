import { Command } from "commander";
import type { CommandIo } from "../command-io.ts";
import { rotateCommand } from "./keys-rotate.ts";

/** `nixwave keys`: what is done with the keys of a home that `nixwave init` made. */
export function keysCommand(io: CommandIo): Command {
  return new Command("keys")
    .enablePositionalOptions()
    .description("Replace the keys of a home, step by step.")
    .addCommand(rotateCommand(io));
}
