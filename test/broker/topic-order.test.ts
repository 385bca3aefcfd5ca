import fc from "fast-check";
import { expect, test } from "vitest";
import { openRetainedCache } from "../../src/broker/retained-cache.ts";
import { openTopicOrder } from "../../src/broker/topic-order.ts";

test("messages of each topic come out as they came in, whichever of them are kept", async () => {
  const step = fc.record({
    topic: fc.constantFrom("a", "b"),
    isKept: fc.boolean(),
    pause: fc.constantFrom("none", "microtask", "turn"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const order = openTopicOrder();
      const cache = openRetainedCache(null);
      const out: Record<string, number[]> = { a: [], b: [] };
      for (const [index, { topic, isKept, pause }] of steps.entries()) {
        order.run(topic, isKept, () => {
          const payload = new Uint8Array([index]);
          if (isKept)
            return cache.keep({ topic, payload, qos: 0 }).then(() => void out[topic]?.push(index));
          out[topic]?.push(index);
          return undefined;
        });
        if (pause === "microtask") await Promise.resolve();
        if (pause === "turn") await new Promise(setImmediate);
      }
      await order.idle();
      for (const topic of ["a", "b"]) {
        const arrived = [...steps.entries()]
          .filter(([, one]) => one.topic === topic)
          .map(([index]) => index);
        expect(out[topic]).toEqual(arrived);
      }
    }),
    { numRuns: 300 },
  );
});

test("what is not kept and has nothing before it does not wait at all", () => {
  let ran = false;
  openTopicOrder().run("a", false, () => {
    ran = true;
    return undefined;
  });
  expect(ran).toBe(true);
});

test("a burst of kept messages of one topic shares one write", async () => {
  const writes: number[] = [];
  const cache = openRetainedCache({
    load: () => [],
    write: (changes) => void writes.push(changes.length),
    durable: async () => undefined,
    close: () => undefined,
  });
  const order = openTopicOrder();
  for (let index = 0; index < 50; index += 1) {
    order.run("a", true, () =>
      cache.keep({ topic: "a", payload: new Uint8Array([index]), qos: 1 }).then(() => undefined),
    );
  }
  await order.idle();
  expect(writes).toEqual([1]);
});
