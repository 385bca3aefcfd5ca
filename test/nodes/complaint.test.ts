import { expect, it } from "vitest";
import { Complaint } from "../../node-red-nodes/notify/complaint.ts";

it("a failure is said once however often it comes, and again when it went well in between", () => {
  const said: string[] = [];
  const complaint = new Complaint((why) => said.push(why));
  for (const why of ["refused", "refused", "refused"]) complaint.tell(why);
  expect(said).toEqual(["refused"]);
  complaint.tell("too slow");
  complaint.itWentWell();
  complaint.tell("too slow");
  expect(said).toEqual(["refused", "too slow", "too slow"]);
});
