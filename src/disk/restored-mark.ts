/**
 * The file beside a journal that says it came out of a backup. It is in the backup itself, so that it is there however
 * somebody brings the journal back (src/store/restored.ts says what follows from it).
 */
export const RESTORED_MARK = "restored";
