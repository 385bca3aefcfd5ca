import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect } from "vitest";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { DESCRIPTION, SECRET } from "../cli/signing-workshop.ts";
import { type ActionRan, runAction } from "../support/action-run.ts";
import { GitHubDouble } from "../support/github-double.ts";
import { PASSWORD } from "./publish-workshop.ts";

/** The action and what it meets, new before each test. */
export interface ActionRig {
  workshop: Workshop;
  github: GitHubDouble;
  /** With key and password, and a description where no `spec` is given. */
  run(given: Readonly<Record<string, string>>, event?: string): Promise<ActionRan>;
}

export function actionRig(): ActionRig {
  const rig = { run } as ActionRig;
  beforeEach(async () => {
    rig.workshop = await openWorkshop();
    rig.github = await new GitHubDouble().start();
    await writeFile(rig.workshop.at("description.json"), DESCRIPTION);
  });
  afterEach(async () => {
    await rig.github[Symbol.asyncDispose]();
    await rig.workshop.remove();
  });
  return rig;

  /** Whatever else it does: no secret in log, summary or outputs. */
  async function run(given: Readonly<Record<string, string>>, event = "push"): Promise<ActionRan> {
    const { workshop, github } = rig;
    const description = "spec" in given ? {} : { description: "description.json" };
    const secrets = { key: SECRET, "broker-password": PASSWORD };
    const inputs = { ...description, ...secrets, ...given };
    const ran = await runAction(workshop.folder, github, inputs, event);
    const seed = (SECRET.split(":")[1] ?? "").slice(0, 40);
    for (const secret of [seed, github.token, PASSWORD]) {
      expect(`${ran.log}${ran.summary}${JSON.stringify(ran.outputs)}`).not.toContain(secret);
    }
    return ran;
  }
}
