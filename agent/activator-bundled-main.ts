#!/usr/bin/env node
// How the activator's bundle begins (tools/bundle.ts). The program follows in this very file, as comments: V8 skips
// those, and gets the program as text together with what it made of it in earlier runs (docs/host.md, "Kept code").
// The deadman has nothing of it: the way back compiles for itself.
import { readFileSync } from "node:fs";
import process from "node:process";
import { Script } from "node:vm";
import { takeKeptCode } from "./activator/kept-code.ts";
import type { activatorProgram } from "./activator-program.ts";

type Program = (start: Parameters<typeof activatorProgram>[0]) => Promise<number>;

const filename = import.meta.filename;
const whole = readFileSync(filename, "latin1");
const [head = "", digest = ""] = /^.*?\n\/\/program (\w+)\n/s.exec(whole) ?? [];
const text = whole.slice(head.length).replaceAll(/^\/\//gm, "");
const folder = process.env["NODE_COMPILE_CACHE"];
const isKept = folder && !process.argv.includes("deadman");
const kept = isKept ? takeKeptCode(`${folder}/nixwave-activator`, digest) : null;
const script = new Script(text, {
  ...{ filename, lineOffset: head.split("\n").length - 1 },
  ...(kept?.code ? { cachedData: kept.code } : {}),
});
process.once("exit", (status) => kept?.end(script, status));
const program = script.runInThisContext() as Program;
process.exitCode = await program({ env: process.env, beforeBecoming: () => kept?.putBack() });
