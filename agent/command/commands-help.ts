/** For `nixwave-agent --help` and each command's own. */
export const COMMANDS_HELP = `On the host itself, with neither hub nor broker:

  nixwave-agent status [--json]        what runs, what boots, what is tried and what it waits for
  nixwave-agent history [--json]       what ended here, and how
  nixwave-agent apply RELEASE-FILE     try what CI signed in this file; it returns unless you confirm
                [--lease 30m] [--retry] [--yes]
  nixwave-agent confirm                keep the system that is on trial
  nixwave-agent revert                 end the trial: back to what ran before
  nixwave-agent pause 2h               keep this host to yourself: no trial begins
  nixwave-agent resume                 end the pause
  nixwave-agent unlock                 after an end that needed a person: automation may go on

Each takes --config FILE (/etc/nixwave/config.json). All but status need root.
Exit status: 0 done, 1 refused or failed, 2 wrong usage.
`;

export const COMMANDS = [
  "status",
  "history",
  "apply",
  "confirm",
  "revert",
  "pause",
  "resume",
  "unlock",
] as const;
export type Command = (typeof COMMANDS)[number];
export const isCommand = (word: string | undefined): word is Command =>
  COMMANDS.some((one) => one === word);
