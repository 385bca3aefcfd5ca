/** One thing that happened, and who did it. */
export type Tell = (who: string, what: string) => void;
