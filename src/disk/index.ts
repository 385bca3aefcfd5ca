export {
  type Database,
  faultOf,
  findDamage,
  isOfDisk,
  openDurably,
  openToRead,
  pragmaOf,
  type Statement,
} from "./database.ts";
export { lockFolder } from "./folder-lock.ts";
export { makeFolder, syncFolder } from "./folders.ts";
