import type { CommandShape, OptionShape } from "./command-shape.ts";

/** For fish 3: a file in ~/.config/fish/completions, or `nixwave completion fish | source`. */
export function fishScript(commands: readonly CommandShape[]): string {
  return `# nixwave completion fish > ~/.config/fish/completions/nixwave.fish
complete -c nixwave -f
complete -c nixwave -n __fish_use_subcommand -l help -d 'show help'
complete -c nixwave -n __fish_use_subcommand -l version -d 'show the version'
${commands.flatMap(linesOf).join("\n")}
`;
}

function linesOf({ name, summary, options, argument, below }: CommandShape): readonly string[] {
  const head = `complete -c nixwave -n '__fish_seen_subcommand_from ${name}'`;
  const own = `complete -c nixwave -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`;
  return [
    own,
    ...options.map((option) => `${head} ${optionOf(option)}`),
    ...(below.length > 0 ? [`${head} -a '${below.join(" ")}'`] : []),
    ...(argument === "host" ? [`${head} -a '(nixwave completion hosts 2>/dev/null)'`] : []),
    ...(argument === "file" ? [`${head} -F`] : []),
  ];
}

function optionOf({ names, summary, value }: OptionShape): string {
  const words = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const takes = {
    none: "",
    file: "-r -F ",
    host: "-x -a '(nixwave completion hosts 2>/dev/null)' ",
    text: "-x ",
  }[value];
  return `${words.join(" ")} ${takes}-d ${quoted(summary)}`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (sign) => `\\${sign}`)}'`;
