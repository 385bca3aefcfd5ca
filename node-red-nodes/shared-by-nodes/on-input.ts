import { NixwaveError } from "../../src/contract/index.ts";
import type { FlowMessage, RedNode } from "../runtime/red.ts";

type Done = (error?: Error) => void;

/**
 * Listens to a node's messages. Whatever `take` throws goes to Catch nodes with its code, and Node-RED, which an
 * uncaught error would stop for everybody, lives on. `take` calls `done` once itself, unless it throws.
 */
export function onInput(node: RedNode, take: (message: FlowMessage, done: Done) => void): void {
  node.on("input", (message, _send, done) => {
    try {
      take(message, once(done));
    } catch (error) {
      done(readable(error));
    }
  });
}

/** A person reads it in the debug sidebar; Node-RED puts the error's name in front of its message. */
export function readable(error: unknown): Error {
  if (!(error instanceof NixwaveError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const shown = new Error(error.message, { cause: error });
  shown.name = error.code;
  return shown;
}

/** Wraps what is called back later, where nobody catches. */
export const guarded =
  <A extends readonly unknown[]>(node: RedNode, work: (...args: A) => void) =>
  (...args: A): void => {
    try {
      work(...args);
    } catch (error) {
      node.error(readable(error).message);
    }
  };

function once(done: Done): Done {
  let isDone = false;
  return (error) => {
    if (isDone) return;
    isDone = true;
    done(error);
  };
}
