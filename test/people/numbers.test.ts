import { expect, test } from "vitest";
import {
  formatBytes,
  formatDuration,
  formatMeasure,
  formatNumber,
  parseLanguage,
} from "../../src/people/index.ts";
import { HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";

test("numbers have the signs of their language", () => {
  expect(formatNumber(1234.56, "en")).toBe("1,234.6");
  expect(formatNumber(1234.56, "de")).toBe("1.234,6");
  expect(formatNumber(-0.01, "en")).toBe("0");
  expect(formatNumber(2.25, "de", 2)).toBe("2,25");
});

test("what is no number is said in words", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(formatNumber(value, "en")).toBe("no value");
    expect(formatMeasure(value, "°C", "de")).toBe("kein Wert");
    expect(formatDuration(value, "en")).toBe("no value");
  }
});

test("a reading keeps its unit; German puts a space before the percent sign", () => {
  expect(formatMeasure(21.54, "°C", "en")).toBe("21.5 °C");
  expect(formatMeasure(21.54, "°C", "de")).toBe("21,5 °C");
  expect(formatMeasure(44, "%", "en")).toBe("44%");
  expect(formatMeasure(44, "%", "de")).toBe("44 %");
  expect(formatMeasure(3, "", "en")).toBe("3");
});

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [5 * 1024 ** 3, "5 GiB"],
  [3000 * 1024 ** 4, "3,000 TiB"],
])("%d bytes read as %s", (bytes, shown) => {
  expect(formatBytes(bytes, "en")).toBe(shown);
});

test.each([
  [-90_000, "0 s", "0 s"],
  [0, "0 s", "0 s"],
  [59_400, "59 s", "59 s"],
  [59_600, "1 min", "1 min"],
  [6 * MINUTE_MS, "6 min", "6 min"],
  [59.7 * MINUTE_MS, "1 h", "1 h"],
  [80 * MINUTE_MS, "1 h 20 min", "1 h 20 min"],
  [4 * HOUR_MS, "4 h", "4 h"],
  [24 * HOUR_MS, "1 day", "1 Tag"],
  [51 * HOUR_MS, "2 days 3 h", "2 Tage 3 h"],
  [90 * 24 * HOUR_MS, "90 days", "90 Tage"],
])("%d ms read as %s and %s", (ms, english, german) => {
  expect(formatDuration(ms, "en")).toBe(english);
  expect(formatDuration(ms, "de")).toBe(german);
});

test("a language that nobody has written is refused by name", () => {
  expect(parseLanguage("de")).toBe("de");
  expect(() => parseLanguage("tlh")).toThrowError(
    expect.objectContaining({ code: "language-unknown", message: expect.stringContaining("tlh") }),
  );
});
