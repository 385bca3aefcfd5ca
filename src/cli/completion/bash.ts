import { type CommandShape, fileOptions, textOptions } from "./command-shape.ts";

/** For bash 4.4 and later, without the package bash-completion. */
export function bashScript(commands: readonly CommandShape[]): string {
  return `# nixwave completion bash: eval "$(nixwave completion bash)" in ~/.bashrc
_nixwave() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} cmd=\${COMP_WORDS[1]}
  local words='' argument=''
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(" ")} --help --version' -- "$cur"))
    return
  fi
  case "$cmd/$prev" in
${patternLines(commands, fileOptions, 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return')}
${patternLines(commands, textOptions, "return")}
  esac
  case "$cmd" in
${commands.map(caseOf).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [[ $argument == host ]]; then
    COMPREPLY=($(compgen -W "$(nixwave completion hosts 2>/dev/null)" -- "$cur"))
  elif [[ $argument == file ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $argument == below:* ]]; then
    COMPREPLY=($(compgen -W "\${argument#below:}" -- "$cur"))
  fi
}
complete -F _nixwave nixwave
`;
}

function patternLines(
  commands: readonly CommandShape[],
  optionsOf: (command: CommandShape) => readonly string[],
  then: string,
): string {
  return commands
    .flatMap((command) => {
      const patterns = optionsOf(command).map((option) => `${command.name}/${option}`);
      return patterns.length === 0 ? [] : [`    ${patterns.join("|")}) ${then} ;;`];
    })
    .join("\n");
}

function caseOf({ name, options, argument, below }: CommandShape): string {
  const words = options.flatMap(({ names }) => names).join(" ");
  const kind = below.length > 0 ? `below:${below.join(" ")}` : (argument ?? "");
  return `    ${name}) words='${words}' argument='${kind}' ;;`;
}
