#!/usr/bin/env node
// Where sources run as they are; the bundle begins with activator-bundled-main.ts instead.
import process from "node:process";
import { activatorProgram } from "./activator-program.ts";

process.exitCode = await activatorProgram({ env: process.env });
