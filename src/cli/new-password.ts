import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";

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
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: silence, terminal: true });
  const ask = (question: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const end = (): void => reject(new NixwaveError("password-invalid", "no password was typed"));
      lines.once("close", end);
      io.stderr.write(question);
      lines.question("", (answer) => {
        lines.off("close", end);
        io.stderr.write("\n");
        resolve(answer);
      });
    });
  try {
    return [await ask(questions[0]), await ask(questions[1])];
  } finally {
    lines.close();
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
