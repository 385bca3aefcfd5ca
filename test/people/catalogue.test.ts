import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ERRORS } from "../../src/contract/index.ts";
import { MEASUREMENTS, REASONS, VERDICTS } from "../../src/gate/index.ts";
import { errorWords, LANGUAGES, wordFor } from "../../src/people/index.ts";
import { CATALOGUES, type TextKey } from "../../src/people/say.ts";
import { fill, translationOf } from "../../src/people/template.ts";
import {
  COMPLETIONS,
  END_STATES,
  HOST_STATES,
  PAUSE_CONDITIONS,
  ROLLOUT_PHASES,
} from "../../src/rollout/index.ts";

const KEYS = Object.keys(CATALOGUES.en) as TextKey[];
const byName = (a: string, b: string): number => a.localeCompare(b);
const paramsOf = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name)).toSorted(byName);

describe.each(LANGUAGES)("the catalogue in %s", (language) => {
  const texts = CATALOGUES[language];

  test("has exactly the English texts, each with the same parameters", () => {
    expect(Object.keys(texts).toSorted(byName)).toEqual(KEYS.toSorted(byName));
    for (const key of KEYS) {
      expect([key, paramsOf(texts[key])]).toEqual([key, paramsOf(CATALOGUES.en[key])]);
    }
  });

  test("leaves no text empty, and no brace open", () => {
    for (const key of KEYS) {
      expect([key, texts[key].trim()]).toEqual([key, texts[key]]);
      expect([key, texts[key].length > 0]).toEqual([key, true]);
      expect([key, /[{}]/.test(texts[key].replace(/\{\w+\}/g, ""))]).toEqual([key, false]);
    }
  });

  test("speaks without the words of the machine room", () => {
    const jargon =
      /\b(lease|deadman|statement|counter|ratchet|serial|closure|attempt id|payload|QoS|Totmann|Sperrklinke|Pacht|Zähler)/i;
    expect(KEYS.filter((key) => jargon.test(texts[key]))).toEqual([]);
  });

  const groups: Readonly<Record<string, readonly string[]>> = {
    phase: ROLLOUT_PHASES,
    completion: COMPLETIONS,
    pause: PAUSE_CONDITIONS,
    host: HOST_STATES,
    measurement: MEASUREMENTS,
    verdict: VERDICTS,
    "status.pause": PAUSE_CONDITIONS,
    "status.host": HOST_STATES,
    next: END_STATES,
    ask: PAUSE_CONDITIONS,
  };
  test.each(Object.entries(groups))("has words for every %s", (group, words) => {
    expect(words.length).toBeGreaterThan(4);
    for (const word of words) {
      const said = wordFor(group as Parameters<typeof wordFor>[0], word, language);
      expect(said).toBe(texts[`${group}.${word}` as TextKey]);
      expect(said).not.toContain("(");
    }
  });

  test("has a sentence for every reason of a gate", () => {
    for (const reason of REASONS) expect(texts[`reason.${reason}`]).toMatch(/^\{row\}: .+\.$/);
  });

  test("names a state or a code that it does not know", () => {
    expect(wordFor("host", "Levitating", language)).toContain("(Levitating)");
    expect(wordFor("host", "toString", language)).toContain("(toString)");
    expect(errorWords("moon-too-low", language)).toContain("(moon-too-low)");
    expect(errorWords("other", language)).toContain("(other)");
  });
});

test("German is not English left standing", () => {
  const same = KEYS.filter((key) => CATALOGUES.de[key] === CATALOGUES.en[key]);
  const mayBeSame =
    /^(ha\.|word\.none|status\.host$|notice\.|duration\.|time\.|month\.|release\.title|reason\.|said\.hostEnded)/;
  expect(same.filter((key) => !mayBeSame.test(key))).toEqual([]);
});

/** Answers to somebody who sits at the command line and reads the message itself, with its way out. */
const ON_A_TERMINAL: ReadonlySet<string> = new Set([
  ...["wrong-usage", "file-exists", "file-unwritable", "not-root"],
  // publishing
  ...["signing-key-missing", "rollback-script-refused", "spec-unknown-key", "host-not-in-spec"],
  ...["no-previous-release", "previous-not-trusted", "system-unknown", "release-not-accepted"],
  ...["nothing-verified", "publish-contended", "release-not-found"],
  // making a home's keys, and giving a release to the web
  ...["home-folder-public", "home-incomplete", "rotation-too-early", "placeholder-left"],
  ...["upload-refused", "upload-failed"],
  // asking the hub from the command line, and looking for what is wrong
  ...["hub-absent", "hub-silent", "doctor-found", "doctor-unsure"],
  // starting a broker, an agent or the demo
  ...["invalid-broker-url", "invalid-client-id", "account-exists", "account-unknown"],
  ...["password-invalid", "port-in-use", "listen-failed", "tls-material-invalid"],
  ...["broker-state-locked", "broker-state-unreadable", "broker-state-failed"],
  ...["editor-port-taken", "demo-too-slow", "demo-not-deployed", "demo-host-ended"],
  // keeping a hub's journal and bringing it back
  ...["backup-damaged", "restore-interrupted", "restore-running"],
  // root's commands on a host
  ...["nothing-to-revert", "nothing-to-confirm", "activator-running", "activator-lock-missing"],
]);

test("every code of the error table has words for people, but those said on a terminal alone", () => {
  const silent = Object.keys(ERRORS).filter(
    (code) => !Object.hasOwn(CATALOGUES.en, `error.${code}`),
  );
  expect(silent.filter((code) => !ON_A_TERMINAL.has(code))).toEqual([]);
  for (const code of ON_A_TERMINAL) {
    expect([code, Object.hasOwn(ERRORS, code), silent.includes(code)]).toEqual([code, true, true]);
  }
});

test("no code that a host decides with, or judges an order by, is for a terminal alone", () => {
  const root = join(import.meta.dirname, "..", "..");
  const sources = [
    ...["agent/decide", "agent/pull", "agent/probe"].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
    ),
    ...["acceptance", "serial-rules"].map((name) => join(root, "src/contract", `${name}.ts`)),
  ];
  const text = sources.map((file) => readFileSync(file, "utf8")).join("\n");
  const codes = Object.keys(ERRORS).filter((code) => text.includes(`"${code}"`));
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => ON_A_TERMINAL.has(code))).toEqual([]);
});

test("each error text belongs to a code of the table", () => {
  const codes = KEYS.flatMap((key) => /^error\.(.+)$/.exec(key)?.[1] ?? []);
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => code !== "other" && !Object.hasOwn(ERRORS, code))).toEqual([]);
});

test("a translation that lacks a text or a parameter, or has one too many, does not compile", () => {
  const translate = translationOf({ greet: "{host} is here", bye: "gone" } as const);
  translate({ greet: "{host} ist da", bye: "fort" });
  // @ts-expect-error another parameter
  translate({ greet: "{hub} ist da", bye: "fort" });
  // @ts-expect-error a parameter is missing
  translate({ greet: "er ist da", bye: "fort" });
  // @ts-expect-error a text is missing
  translate({ greet: "{host} ist da" });
  // @ts-expect-error a text too many
  translate({ greet: "{host} ist da", bye: "fort", more: "noch" });
});

test("a value with braces is not filled again", () => {
  expect(fill("{a} and {b}", { a: "{b}", b: "x" })).toBe("{b} and x");
});
