import { createInterface } from "node:readline";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { nowhere } from "./nowhere.ts";

const MAX_BYTES = 4096;

/**
 * A password that a person chooses: typed twice without echo on a terminal, else all of standard
 * input without the line break at its end. Never from an argument: other users see those.
 * @throws NixwaveError password-invalid
 */
export async function readNewPassword(io: CommandIo, user: string): Promise<string> {
  if ((io.stdin as { isTTY?: boolean }).isTTY !== true) return await readAll(io.stdin);
  const [first, second] = await askTwice(io, `Password of ${user}: `, "Again: ");
  if (first !== second) throw new NixwaveError("password-invalid", "the two are not the same");
  return first;
}

async function askTwice(io: CommandIo, ...questions: [string, string]): Promise<[string, string]> {
  const prompt = createInterface({ input: io.stdin, output: nowhere(), terminal: true });
  const lines = prompt[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    io.stderr.write(question);
    const line = await lines.next(); // done when Ctrl-C or Ctrl-D ended it
    io.stderr.write("\n");
    if (line.done) throw new NixwaveError("password-invalid", "no password was typed");
    return line.value;
  };
  try {
    return [await ask(questions[0]), await ask(questions[1])];
  } finally {
    prompt.close();
  }
}

async function readAll(stdin: AsyncIterable<string | Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stdin) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BYTES) {
      throw new NixwaveError("password-invalid", `standard input has more than ${MAX_BYTES} bytes`);
    }
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
