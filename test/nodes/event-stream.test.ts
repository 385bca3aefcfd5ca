import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { openEventStream } from "../../node-red-nodes/page/event-stream.ts";
import type { Response } from "../../node-red-nodes/runtime/red.ts";

/** An answer of Express's, as far as a stream uses it. */
function answer(destroyed: boolean) {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    ...{ destroyed, writableLength: 0 },
    ...{ set: () => response, flushHeaders: () => undefined, end: () => undefined },
    write: (text: string) => written.push(text) > 0,
  });
  return { response: response as unknown as Response & EventEmitter, written };
}

it("is told once that its reader has gone, and writes nothing after it", () => {
  const { response, written } = answer(false);
  let ends = 0;
  const stream = openEventStream(response, () => {
    ends += 1;
  });
  stream.tell("beat", { at: 1 });
  response.emit("close");
  stream.tell("beat", { at: 2 });
  expect(written).toEqual(['event: beat\ndata: {"at":1}\n\n']);
  expect(ends).toBe(1);
});

it("ends for a reader who had gone before it was let in, whose end nobody tells again", async () => {
  const { response, written } = answer(true);
  const ended = Promise.withResolvers<void>();
  const stream = openEventStream(response, ended.resolve);
  stream.tell("beat", { at: 1 });
  await ended.promise;
  expect(written).toEqual([]);
});
