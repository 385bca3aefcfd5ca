declare const brand: unique symbol;

/** A value that has passed the parser named `Name`; only that parser's module may cast to it. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
