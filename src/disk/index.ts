export { copyDatabase, isDatabase } from "./copy-database.ts";
export {
  type Database,
  faultOf,
  findDamage,
  isOfDisk,
  logOf,
  openDurably,
  openToRead,
  pragmaOf,
  rollBack,
  type Statement,
} from "./database.ts";
export { openDiskSync } from "./disk-sync.ts";
export { type FolderLock, lockFolder } from "./folder-lock.ts";
export { makeFolder, syncFolder } from "./folders.ts";
export { RESTORED_MARK } from "./restored-mark.ts";
export { replaceWhole, writeOnce } from "./whole-file.ts";
