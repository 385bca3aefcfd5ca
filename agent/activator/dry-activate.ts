/** The units that a switch would touch, as `switch-to-configuration dry-activate` prints them. */
export interface UnitChanges {
  readonly stop: readonly string[];
  readonly restart: readonly string[];
  readonly start: readonly string[];
  readonly reload: readonly string[];
}

const LINE = /^would (stop|restart|start|reload) the following units: (.{1,20000})$/;
const UNIT = /^[A-Za-z0-9:_.\\@-]{1,160}$/;

/** @param output of dry-activate; lines of another form are no units. "NOT restarting" is none either. */
export function parseDryActivate(output: string): UnitChanges {
  const found = { stop: [], restart: [], start: [], reload: [] } as Record<
    keyof UnitChanges,
    string[]
  >;
  for (const line of output.split("\n")) {
    const [, verb, names] = LINE.exec(line.trim()) ?? [];
    if (verb === undefined || names === undefined) continue;
    const units = names.split(", ").filter((name) => UNIT.test(name));
    found[verb as keyof UnitChanges].push(...units);
  }
  return found;
}
