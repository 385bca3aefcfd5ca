import { describe, expect, it } from "vitest";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { programFor } from "../../src/cli/program.ts";
import { needs } from "../support/system-parts.ts";
import { rightHubs } from "./nixos-rig.ts";

const skip = needs("nix").skip;
const CREDENTIALS = "/run/credentials/nixwave-hub.service/";
const commands = Object.entries(skip ? {} : rightHubs("/nix/store/built")).flatMap(
  ([name, one]) => {
    const command = "rendered" in one ? one.rendered.command : undefined;
    return command ? [{ name, command, unit: one.units["nixwave-hub.service"] }] : [];
  },
);

describe.skipIf(skip)("the command that the hub's unit starts", () => {
  it("is there for each hub of its own among the right configurations", () => {
    expect(commands.length).toBeGreaterThan(4);
  });

  it.each(commands)("is taken by the command line, value for value: $name", async ({ command }) => {
    const [, hub = "", ...flags] = command;
    const io = { env: {}, cwd: "/", stdout: process.stdout, stderr: process.stderr };
    const program = await programFor([hub], io as unknown as CommandIo);
    const found = program.commands.find((one) => one.name() === hub);
    expect(found?.parseOptions([...flags])).toEqual({ operands: [], unknown: [] });
  });

  it.each(commands)("names secrets in the unit's own copies alone: $name", ({ command, unit }) => {
    for (const [index, flag] of command.entries()) {
      if (!/^--(key|[a-z-]*password-file|[a-z-]*token-file)$/.test(flag)) continue;
      const file = command[index + 1] ?? "";
      const [, credential] = /\/([a-z-]+)$/.exec(file) ?? [];
      expect(file).toBe(`${CREDENTIALS}${credential}`);
      expect(unit).toContain(`\nLoadCredential=${credential}:/`);
    }
  });
});
