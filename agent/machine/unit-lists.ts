const UNIT = /^[A-Za-z0-9:_.\\@-]{1,255}$/;

/** @param listed what `systemctl list-units --failed --plain --no-legend` printed */
export const failedIn = (listed: string): readonly string[] =>
  listed
    .split("\n")
    .map((line) => line.trim().split(/\s+/, 1)[0] ?? "")
    .filter((name) => UNIT.test(name));

/** @param shown blocks of Id, SubState and Result @returns those that wait to be started again after they failed */
export const failingIn = (shown: string): readonly string[] =>
  shown.split("\n\n").flatMap((block) => {
    const id = /^Id=(.+)$/m.exec(block)?.[1];
    const isWaiting = /^SubState=auto-restart/m.test(block);
    return id !== undefined && isWaiting && !/^Result=success$/m.test(block) ? [id] : [];
  });

/** @param shown blocks of Id and LoadState @returns those that are loaded */
export const loadedIn = (shown: string): readonly string[] =>
  shown.split("\n\n").flatMap((block) => {
    const id = /^Id=(.+)$/m.exec(block)?.[1];
    return id !== undefined && /^LoadState=loaded$/m.test(block) ? [id] : [];
  });
