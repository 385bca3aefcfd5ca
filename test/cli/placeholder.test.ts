import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "./memory-io.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

describe("init refuses", () => {
  test.each([
    'inputs.nixwave.url = "github:OWNER/nixwave"; # where you have Nixwave from',
    'inputs = {\n    nixwave.url = "github:OWNER/nixwave/v1";\n  };',
    'inputs.nixwave = {\n    url = "github:OWNER/nixwave";\n  };',
  ])("to ask Nix for a flake that is nobody's: %s", async (input) => {
    await writeFile(workshop.at("flake.nix"), `{\n  ${input}\n  outputs = _: { };\n}\n`);
    const { status, stderr } = await workshop.nixwave(["init", "--broker", "mqtt://nuc.lan"]);
    expect(stderr).toContain("error[placeholder-left]: an input in flake.nix still says OWNER");
    expect(stderr).toContain("such as github:someone/nixwave");
    expect(status).toBe(2);
  });

  test("nothing for a placeholder that stands in a remark", async () => {
    await writeFile(
      workshop.at("flake.nix"),
      '{\n  # inputs.nixwave.url = "github:OWNER/nixwave";\n  outputs = _: { };\n}\n',
    );
    const { stderr } = await workshop.nixwave(["init", "--broker", "mqtt://nuc.lan"], {
      env: { PATH: workshop.folder },
    });
    expect(stderr).toContain("error[nix-missing]");
  });
});
