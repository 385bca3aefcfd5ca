const REPORTED_CHARACTERS = 1000;

/** What a program printed, in the form that `reported` takes (contract, "message"). */
export const reportable = (message: string): string =>
  message
    .replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, " ")
    .slice(0, REPORTED_CHARACTERS)
    .toWellFormed();
