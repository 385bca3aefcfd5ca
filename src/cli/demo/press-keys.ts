import { emitKeypressEvents } from "node:readline";
import type { ReadStream } from "node:tty";

/** Single keys of a terminal, as they are pressed; Ctrl-C comes as "q". @returns gives the terminal back */
export function listenToKeys(
  stdin: NodeJS.ReadableStream,
  onKey: (key: string) => void,
): () => void {
  const terminal = stdin as ReadStream;
  if (terminal.isTTY !== true) return () => undefined;
  emitKeypressEvents(terminal);
  terminal.setRawMode(true);
  const pressed = (_text: string, { name, ctrl }: { name?: string; ctrl?: boolean }): void =>
    onKey(ctrl && name === "c" ? "q" : (name ?? ""));
  terminal.on("keypress", pressed);
  terminal.resume();
  return () => {
    terminal.off("keypress", pressed);
    terminal.setRawMode(false);
    terminal.pause();
  };
}
