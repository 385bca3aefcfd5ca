import type { FaultRow } from "./fault-row.ts";
import { ROWS_BEFORE } from "./rows-before.ts";
import { ROWS_CLOCK } from "./rows-clock.ts";
import { ROWS_DISK } from "./rows-disk.ts";
import { ROWS_ENDING } from "./rows-ending.ts";
import { ROWS_REBOOTING } from "./rows-rebooting.ts";
import { ROWS_SWITCHING } from "./rows-switching.ts";
import { ROWS_TRIAL } from "./rows-trial.ts";

export const FAULT_ROWS: readonly FaultRow[] = [
  ...ROWS_BEFORE,
  ...ROWS_SWITCHING,
  ...ROWS_TRIAL,
  ...ROWS_ENDING,
  ...ROWS_REBOOTING,
  ...ROWS_CLOCK,
  ...ROWS_DISK,
];

const HEAD = `# What happens when something fails

Every row is a test: \`test/agent/faults/faults.test.ts\` plays it with the real activator and the real deadman on a host in
memory, whose disk forgets what was not synced. This page is written from those rows by \`npm run faults\`, and a test compares them.

*Runs* and *boots* say which system is running, and which one the next boot takes, when the host is at rest again. *Safe in* is
boot time from the fault until then; what a switch or a boot itself takes comes on top. An empty outcome is an attempt that is still open or was never begun.

| fault | phase | runs | boots | outcome | code | safe in |
|---|---|---|---|---|---|---|
`;

export const faultPage = (): string => {
  const rows = FAULT_ROWS.map(({ fault, phase, runs, boots, outcome, code, safeIn }) => {
    const cells = [
      fault,
      phase,
      runs,
      boots,
      outcome ?? "",
      code === null ? "" : `\`${code}\``,
      safeIn,
    ];
    return `| ${cells.join(" | ")} |\n`;
  });
  return HEAD + rows.join("");
};
