import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { faultPage } from "./fault-table.ts";

const PAGE = fileURLToPath(new URL("../../../docs/faults.md", import.meta.url));
writeFileSync(PAGE, faultPage());
process.stdout.write("docs/faults.md is written\n");
