import { describeProperties } from "../../gate/properties.ts";

describeProperties(10_000);
