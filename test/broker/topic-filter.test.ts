import fc from "fast-check";
import { expect, test } from "vitest";
import { isTopicName, matches, overlaps, parseTopicFilter } from "../../src/broker/topic-filter.ts";

test.each([
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/#", "a/b/c", true],
  ["a/#", "a", true], // MQTT 3.1.1 section 4.7.1.2
  ["a/#", "ab", false],
  ["#", "a", true],
  ["#", "$SYS/a", false], // section 4.7.2
  ["+/a", "$SYS/a", false],
  ["$SYS/#", "$SYS/a", true],
  ["+", "/a", false],
  ["/+", "/a", true],
  ["+/+", "/a", true],
  ["a", "A", false],
])("%s matches %s: %s", (filter, topic, expected) => {
  expect(matches(filter, topic)).toBe(expected);
});

test.each([
  ["a/+/c", "a/b/+", true],
  ["a/#", "+/b", true],
  ["a/#", "a", true],
  ["a/b/#", "a/+", true],
  ["a/b", "a/+/c", false],
  ["#", "$SYS/#", false],
])("%s and %s share a topic: %s", (left, right, expected) => {
  expect(overlaps(left, right)).toBe(expected);
  expect(overlaps(right, left)).toBe(expected);
});

const level = fc.constantFrom("a", "b", "c");
const name = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"));

test("two filters overlap when a topic matches both", () => {
  fc.assert(
    fc.property(filter, filter, name, (left, right, topic) => {
      fc.pre(matches(left, topic) && matches(right, topic));
      expect(overlaps(left, right)).toBe(true);
    }),
  );
});

test("two filters that overlap have a topic that matches both", () => {
  const names = ["a", "b", "c"].reduce<string[]>(
    (all) => {
      const longer = all.flatMap((head) => ["a", "b", "c"].map((tail) => `${head}/${tail}`));
      return [...new Set([...all, ...longer])];
    },
    ["a", "b", "c"],
  );
  fc.assert(
    fc.property(filter, filter, (left, right) => {
      fc.pre(left.split("/").length <= 4 && right.split("/").length <= 4);
      expect(overlaps(left, right)).toBe(
        names.some((topic) => matches(left, topic) && matches(right, topic)),
      );
    }),
  );
});

test.each(["", "a/#/b", "a#", "#a", "a+/b", "a/+b", "a\nb", "a\u0000", "x".repeat(2000)])(
  "%j is not a filter",
  (text) => {
    expect(() => parseTopicFilter(text)).toThrow(/not a topic filter/);
  },
);

test("a topic name has no wildcards and at most 100 levels", () => {
  expect(isTopicName("a/b")).toBe(true);
  expect(isTopicName("a/+")).toBe(false);
  expect(isTopicName("#")).toBe(false);
  expect(isTopicName(Array(100).fill("a").join("/"))).toBe(true);
  expect(isTopicName(Array(101).fill("a").join("/"))).toBe(false);
});
