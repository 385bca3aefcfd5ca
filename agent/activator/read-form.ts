import { NixwaveError } from "../../src/contract/index.ts";
import { type MemoryForm, rangeOf } from "./memory-forms.ts";

/**
 * In which form a file of the host's memory is. Bytes without a version are taken for the program's own form,
 * whose parser then says what is wrong with them.
 * @throws NixwaveError host-memory-newer | agent-too-far: it is whole, and not this program's to touch
 */
export function readForm(
  bytes: Uint8Array,
  path: string,
  forms: readonly MemoryForm[],
): MemoryForm {
  const { from, to } = rangeOf(forms);
  const own = forms.at(-1) as MemoryForm;
  const v = versionIn(bytes);
  if (v === null) return own;
  const known = forms.find((form) => form.v === v);
  if (known) return known;
  const reads = from === to ? `${to}` : `${from} to ${to}`;
  const older = keptForm(path, to);
  const message = `${path} has version ${v}, this program reads ${reads}`;
  if (v > to) {
    const kept = `; after an update, what it was before lies in ${older}`;
    throw new NixwaveError("host-memory-newer", `${message}${kept}`, { where: path });
  }
  throw new NixwaveError("agent-too-far", message, { where: path });
}

/** Where the last bytes of an older form are kept when the memory goes to a newer one. */
export const keptForm = (path: string, v: number): string => path.replace(/\.json$/, `.v${v}.json`);

function versionIn(bytes: Uint8Array): number | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const v = (value as { v?: unknown } | null)?.v;
    return Number.isSafeInteger(v) && (v as number) > 0 ? (v as number) : null;
  } catch {
    return null;
  }
}
