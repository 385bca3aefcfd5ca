import { MEMORY_FORMS, type MemoryForm } from "../../../agent/activator/memory-forms.ts";
import { ContractError } from "../../../src/contract/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The first form, as it is in the product. */
export const FIRST = MEMORY_FORMS[0] as MemoryForm;

/** What a second version changes: an attempt's way back has another name, and trials are objects. */
export const SECOND = formAfter(FIRST, 2, {
  forth: ({ open, trials, ...rest }) => ({
    ...rest,
    open: open && renamed(open as Fields, "previous", "wayBack"),
    begun: ((trials ?? []) as readonly number[]).map((at) => ({ at })),
  }),
  back: ({ open, begun, ...rest }) => ({
    ...rest,
    open: open && renamed(open as Fields, "wayBack", "previous"),
    trials: ((begun ?? []) as readonly { at: number }[]).map(({ at }) => at),
  }),
});

/** A third one, which no program of the first version has ever heard of. */
export const THIRD = formAfter(SECOND, 3, {
  forth: (journal) => renamed(journal, "quarantined", "abandoned"),
  back: (journal) => renamed(journal, "abandoned", "quarantined"),
});

interface Change {
  readonly forth: (journal: Fields) => Fields;
  readonly back: (journal: Fields) => Fields;
}

function formAfter(before: MemoryForm, v: number, journal: Change): MemoryForm {
  return {
    v,
    journal: changed(before.journal, v, journal),
    ratchet: changed(before.ratchet, v, {
      forth: (ratchet) => renamed(ratchet, "counter", "lastCounter"),
      back: (ratchet) => renamed(ratchet, "lastCounter", "counter"),
    }),
  };
}

function changed<T>(before: Codec<T>, v: number, { forth, back }: Change): Codec<T> {
  return {
    encode: (value) => bytesOf({ ...forth(fieldsOf(before.encode(value))), v }),
    parse(bytes) {
      const fields = fieldsOf(bytes);
      if (fields["v"] !== v) throw new ContractError("invalid-field", `/v must be ${v}`);
      return before.parse(bytesOf({ ...back(fields), v: v - 1 }));
    },
  };
}

type Codec<T> = { parse(bytes: Uint8Array): T; encode(value: T): Uint8Array };

const bytesOf = (fields: Fields): Uint8Array => Buffer.from(JSON.stringify(fields));

function fieldsOf(bytes: Uint8Array): Fields {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as Fields;
  } catch {
    throw new ContractError("not-json", "is not JSON");
  }
}

/** @throws ContractError when it is not there: a file of another form must not pass */
function renamed(fields: Fields, from: string, to: string): Fields {
  if (!(from in fields)) throw new ContractError("invalid-field", `/${from} is missing`);
  const { [from]: value, ...rest } = fields;
  return { ...rest, [to]: value };
}
