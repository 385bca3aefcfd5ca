/** The names in braces of a text such as "{host} is updated". */
export type Params<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Params<Rest>
  : never;

type Texts = Readonly<Record<string, string>>;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** `Words` where every text has the keys and the parameters of `Source`; what differs becomes `never`. */
type Matching<Source extends Texts, Words> = {
  readonly [Key in keyof Words]: Key extends keyof Source
    ? Words[Key] extends string
      ? Same<Params<Words[Key]>, Params<Source[Key]>> extends true
        ? Words[Key]
        : never
      : never
    : never;
};

/** The same texts in another language: a missing key, a key too many or another parameter is a compile error. */
export const translationOf =
  <const Source extends Texts>(_source: Source) =>
  <const Words extends { readonly [Key in keyof Source]: string }>(
    words: Words & Matching<Source, Words>,
  ): Words =>
    words;

/** What a text wants to be told, exactly. */
export type Values<Text extends string> = Readonly<Record<Params<Text>, string>>;

/** Each `{name}` is replaced once; braces in a value stay what they are. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
