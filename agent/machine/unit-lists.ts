const UNIT = /^[A-Za-z0-9:_.\\@-]{1,255}$/;

/** @param listed what `systemctl list-units --failed --plain --no-legend` printed */
export const failedIn = (listed: string): readonly string[] =>
  listed
    .split("\n")
    .map((line) => line.trim().split(/\s+/, 1)[0] ?? "")
    .filter((name) => UNIT.test(name));

/** @param shown blocks of Id, SubState and Result @returns those that wait to be started again after they failed */
export const failingIn = (shown: string): readonly string[] =>
  idsWhere(
    shown,
    (block) => /^SubState=auto-restart/m.test(block) && !/^Result=success$/m.test(block),
  );

/**
 * @param shown blocks of Id, Restart, NRestarts and ExecMainStartTimestampMonotonic
 * @param sinceUs on systemd's monotonic clock, in us
 * @returns those that systemd has started again more than once because they failed, and the last time since then
 */
export const flappingIn = (shown: string, sinceUs: number): readonly string[] =>
  idsWhere(shown, (block) => {
    const count = (name: string) =>
      Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(block)?.[1] ?? 0);
    // of `always` nobody knows whether it failed or had only done its work
    const isOnFailure = /^Restart=on-(failure|abnormal|abort|watchdog)$/m.test(block);
    const isLately = count("ExecMainStartTimestampMonotonic") >= sinceUs;
    return isOnFailure && isLately && count("NRestarts") > 1;
  });

/**
 * @param shown blocks of Id, LoadState and ActiveState
 * @returns those that are loaded, or still run though their file has gone: X-StopOnRemoval=false, as cachix-agent has it
 */
export const presentIn = (shown: string): readonly string[] =>
  idsWhere(shown, (block) => /^LoadState=loaded$|^ActiveState=(active|activating)$/m.test(block));

/** @param shown blocks of properties, as `systemctl show` prints them */
const idsWhere = (shown: string, isMeant: (block: string) => boolean): readonly string[] =>
  shown.split("\n\n").flatMap((block) => {
    const id = /^Id=(.+)$/m.exec(block)?.[1];
    return id !== undefined && isMeant(block) ? [id] : [];
  });
