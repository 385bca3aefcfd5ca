/** Before the command's name: a prompt, a YAML item, another command, or variables. */
const COMMAND = /^(?:\s*- (?:run: )?|\$ |.* && |(?:[A-Z_]+=\S+ )+)?nixwave (.+)$/;

/** The words behind `nixwave` of each line in a page's fences, without remarks and what a shell does with its output. */
export function readCommands(page: string): readonly string[] {
  const fences = [...page.matchAll(/```(?:sh|console|yaml)\n([\s\S]*?)```/g)];
  return fences.flatMap(([, text = ""]) =>
    text.split("\n").flatMap((line) => {
      const words = COMMAND.exec(line)?.[1];
      return words ? [words.replace(/\s{2,}.*$|\s+#.*$|\s+(?:[<>|]|&&).*$/, "").trimEnd()] : [];
    }),
  );
}
