import { NixwaveError } from "../contract/index.ts";

/** What stands in texts of ours for a name that only the home knows. */
const PLACEHOLDER = /(?<![\w-])(?:OWNER|REPOSITORY)(?![\w-])/;

/**
 * An address with one of ours in it leads nowhere, and says so only to whoever asks the web for it.
 * @param field where it stands, as people find it
 * @param write what belongs there
 * @throws NixwaveError placeholder-left
 */
export function refusePlaceholder(text: string, field: string, write: string): void {
  const [found] = PLACEHOLDER.exec(text) ?? [];
  if (found === undefined) return;
  throw new NixwaveError("placeholder-left", `${field} still says ${found}: write ${write}`);
}
