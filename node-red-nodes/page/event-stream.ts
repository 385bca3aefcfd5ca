import type { Response } from "../runtime/red.ts";

/** As long as this a phone may sleep with its connection open; it comes back and is told everything anew. */
const MOST_WAITING_BYTES = 1024 * 1024;

export interface EventStream {
  /** What it says is JSON. */
  tell(kind: string, said: unknown): void;
  end(): void;
}

/**
 * Server-sent events (html.spec.whatwg.org, "Server-sent events") over one answer.
 * @param closed called once, however it ends, and not before this returns
 */
export function openEventStream(response: Response, closed: () => void): EventStream {
  // Who asked may have gone while the login was looked up: nobody tells that end a second time.
  let isOpen = !response.destroyed;
  const end = (): void => {
    isOpen = false; // what is written after its end would be an error that nobody listens to
    closed();
  };
  if (isOpen) response.on("close", end);
  else queueMicrotask(end);
  response.set({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no", // nginx would keep it back
    "x-content-type-options": "nosniff",
  });
  response.flushHeaders();
  return {
    tell(kind, said) {
      if (!isOpen) return;
      response.write(`event: ${kind}\ndata: ${JSON.stringify(said)}\n\n`);
      if (response.writableLength <= MOST_WAITING_BYTES) return;
      isOpen = false;
      response.destroy();
    },
    end() {
      isOpen = false;
      response.end();
    },
  };
}
