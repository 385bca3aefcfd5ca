import type { Command } from "commander";

/** What a value is, for a shell that completes it. */
type Value = "none" | "file" | "host" | "text";

export interface OptionShape {
  readonly names: readonly string[];
  readonly summary: string;
  readonly value: Value;
}

export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionShape[];
  /** Of its first argument; null when it takes none. */
  readonly argument: Exclude<Value, "none"> | null;
  /** Names of commands below it. */
  readonly below: readonly string[];
}

const HELP: OptionShape = { names: ["--help", "-h"], summary: "show help", value: "none" };
const FILES: ReadonlySet<string> = new Set(["file", "folder", "release", "spec", "description"]);

/** A command line's words, read from the commands themselves. */
export const shapeOf = (command: Command, summary: string): CommandShape => {
  const argument = command.registeredArguments[0];
  return {
    name: command.name(),
    summary,
    options: [...command.options.map(optionShape), HELP],
    argument: argument ? valueNamed(argument.name()) : null,
    below: command.commands.map((one) => one.name()),
  };
};

function optionShape(option: Command["options"][number]): OptionShape {
  const names = [option.long, option.short].filter((name) => name !== undefined && name !== null);
  const value = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  return {
    names,
    summary: firstLine(option.description),
    value: value === undefined ? "none" : valueNamed(value),
  };
}

const valueNamed = (name: string): Exclude<Value, "none"> => {
  if (FILES.has(name)) return "file";
  return name === "host" ? "host" : "text";
};

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").trim();

/** Of all its options: those that take a file. */
export const fileOptions = ({ options }: CommandShape): readonly string[] =>
  options.filter(({ value }) => value === "file").flatMap(({ names }) => names);

/** Those whose value cannot be guessed. */
export const textOptions = ({ options }: CommandShape): readonly string[] =>
  options.filter(({ value }) => value === "text" || value === "host").flatMap(({ names }) => names);
