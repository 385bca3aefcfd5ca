import type { CommandShape, OptionShape } from "./command-shape.ts";

/** For zsh's completion system: a file _nixwave in $fpath, or eval after compinit. */
export function zshScript(commands: readonly CommandShape[]): string {
  const names = commands.map(
    ({ name, summary }) => `    ${quoted(`${colonFree(name)}:${summary}`)}`,
  );
  return `#compdef nixwave
# nixwave completion zsh: eval "$(nixwave completion zsh)" in ~/.zshrc, after compinit
_nixwave_hosts() {
  local -a hosts
  hosts=(\${(f)"$(nixwave completion hosts 2>/dev/null)"})
  _describe -t hosts host hosts
}
_nixwave() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local cmd=$words[2]
  shift words
  (( CURRENT-- ))
  case $cmd in
${commands.map(caseOf).join("\n")}
  esac
}
if [[ $funcstack[1] == _nixwave ]]; then _nixwave "$@"; else compdef _nixwave nixwave; fi
`;
}

function caseOf({ name, options, argument, below }: CommandShape): string {
  const specs = options.flatMap(specsOf);
  if (below.length > 0) specs.push(quoted(`1:command:(${below.join(" ")})`));
  else if (argument === "host") specs.push(quoted("1:host:_nixwave_hosts"));
  else if (argument === "file") specs.push(quoted("1:file:_files"));
  else if (argument === "text") specs.push(quoted("1:name:"));
  return `    ${name}) _arguments ${specs.join(" ")} ;;`;
}

const specsOf = ({ names, summary, value }: OptionShape): readonly string[] => {
  const text = summary.replace(/[[\]\\:]/g, (sign) => `\\${sign}`);
  const action = { none: "", file: ":file:_files", host: ":host:_nixwave_hosts", text: ":value:" }[
    value
  ];
  return names.map((name) => quoted(`${name}[${text}]${action}`));
};

const colonFree = (text: string): string => text.replaceAll(":", "\\:");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
