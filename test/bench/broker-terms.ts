/** A thousand passwords at the real cost would be minutes of connecting; nothing stores these. */
export const CHEAP_HASHING = { N: 16, r: 1, p: 1 } as const;
export const ROOM_FOR_ALL = { total: 4000, perUser: 4000, unnamedPerAddress: 4000 };
