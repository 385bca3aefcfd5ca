export {
  type Database,
  type DiskFault,
  faultOf,
  findDamage,
  isOfDisk,
  openDurably,
  openToRead,
  pragmaOf,
  type Statement,
} from "./database.ts";
export { type FolderLock, lockFolder } from "./folder-lock.ts";
export { makeFolder, syncFolder } from "./folders.ts";
