import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Account,
  type Action,
  accessOf,
  DEVICE_TOPICS,
  HUB_WRITES,
  mayAccess,
  maySubscribe,
  parseDeviceTopic,
} from "../../src/broker/index.ts";
import {
  DEFAULT_BASE,
  parseTopicBase,
  ROLES,
  type Role,
  WIRE,
  WIRE_KINDS,
} from "../../src/contract/index.ts";

const base = DEFAULT_BASE;
const account = (role: Role, user: string = role): Account => ({ role, user });
const rp3 = account("host", "rp3");
const anna = account("operator", "anna");
const may = (who: Account, action: Action, topic: string): boolean =>
  mayAccess(who, action, topic, base);

const filled = (template: string, level: string): string =>
  `${base}/${template.replace(/<\w+>/, level)}`;

describe("what each role may do follows from the wire's table", () => {
  for (const kind of WIRE_KINDS) {
    for (const role of ROLES) {
      const own = account(role, "rp3");
      const topic = filled(WIRE[kind].topic, "rp3");
      test(`${role} and ${WIRE[kind].topic}`, () => {
        expect(may(own, "write", topic)).toBe(WIRE[kind].write.includes(role));
        expect(may(own, "read", topic)).toBe(WIRE[kind].read.includes(role));
      });
    }
  }

  test("a host reads and writes below its own name only", () => {
    expect(may(rp3, "write", `${base}/hosts/rp3/reported`)).toBe(true);
    expect(may(rp3, "write", `${base}/hosts/rp4/reported`)).toBe(false);
    expect(may(rp3, "read", `${base}/hosts/rp3/desired`)).toBe(true);
    expect(may(rp3, "read", `${base}/hosts/rp4/desired`)).toBe(false);
  });

  test("an operator asks and is answered under its own name only", () => {
    expect(may(anna, "write", `${base}/control/anna/request`)).toBe(true);
    expect(may(anna, "write", `${base}/control/bert/request`)).toBe(false);
    expect(may(anna, "read", `${base}/control/anna/response`)).toBe(true);
    expect(may(anna, "read", `${base}/control/bert/response`)).toBe(false);
  });

  test("topics below the base that the wire does not name are nobody's", () => {
    for (const role of ROLES) {
      for (const topic of ["hosts/rp3", "hosts/rp3/desired/x", "secrets", "hosts//reported", ""]) {
        expect(may(account(role, "rp3"), "read", `${base}/${topic}`)).toBe(false);
        expect(may(account(role, "rp3"), "write", `${base}/${topic}`)).toBe(false);
      }
    }
  });

  test("names that a reader's parser refuses are refused here", () => {
    expect(may(account("hub"), "write", `${base}/hosts/RP3/desired`)).toBe(false);
    expect(may(account("hub"), "write", `${base}/control/hold/response`)).toBe(false);
  });

  test("another base is another wire", () => {
    expect(may(rp3, "write", "other/v1/hosts/rp3/reported")).toBe(false);
    const other = parseTopicBase("other/v1");
    expect(mayAccess(rp3, "write", "other/v1/hosts/rp3/reported", other)).toBe(true);
  });
});

describe("topics outside the wire", () => {
  const plug: Account = {
    role: "device",
    user: "plug",
    topics: [parseDeviceTopic("tele/plug/#", base)],
  };

  test("a device uses its allow-list and nothing else", () => {
    expect(may(plug, "write", "tele/plug/SENSOR")).toBe(true);
    expect(may(plug, "read", "tele/plug/SENSOR")).toBe(true);
    expect(may(plug, "write", "tele/lamp/SENSOR")).toBe(false);
    expect(may(plug, "write", "cmnd/plug/POWER")).toBe(false);
  });

  test("the hub reads device topics but switches nothing", () => {
    const hub = account("hub");
    expect(may(hub, "read", "tele/tasmota_0E63DE/SENSOR")).toBe(true);
    expect(may(hub, "write", "tele/tasmota_0E63DE/SENSOR")).toBe(false);
    expect(may(hub, "write", "cmnd/tasmota_0E63DE/Status")).toBe(true);
    expect(may(hub, "write", "cmnd/tasmota_0E63DE/POWER")).toBe(false);
    expect(may(hub, "write", "zigbee2mqtt/lamp/set")).toBe(false);
    expect(may(hub, "write", "homeassistant/device/nixwave_v1_hub/config")).toBe(true);
    expect(may(hub, "write", "homeassistant/status")).toBe(false);
    expect(may({ ...hub, announces: [] }, "write", "homeassistant/device/x/config")).toBe(false);
  });

  test("all that the hub writes outside the wire lies on topics of devices", () => {
    for (const filter of HUB_WRITES) {
      const topic = filter.replaceAll("+", "x");
      expect(may({ role: "device", user: "d" }, "read", topic)).toBe(true);
    }
  });

  test("an operator that is a program has the home's devices as well, one that is a person has not", () => {
    const assistant: Account = { ...anna, topics: DEVICE_TOPICS };
    expect(may(assistant, "write", "homeassistant/status")).toBe(true);
    expect(may(assistant, "write", "cmnd/plug/POWER")).toBe(true);
    expect(may(assistant, "read", "zigbee2mqtt/lamp")).toBe(true);
    expect(may(assistant, "write", `${base}/control/anna/request`)).toBe(true);
    expect(may(assistant, "write", `${base}/hosts/rp3/desired`)).toBe(false);
  });

  test("hosts, CI and operators have no device topics", () => {
    for (const who of [rp3, account("ci"), anna]) {
      for (const filter of DEVICE_TOPICS) {
        expect(may(who, "read", filter.replace("#", "x"))).toBe(false);
        expect(may(who, "write", filter.replace("#", "x"))).toBe(false);
      }
    }
  });

  test("the broker's own topics are read by hub and operators and written by nobody", () => {
    for (const role of ROLES) {
      const isReader = role === "hub" || role === "operator";
      expect(may(account(role), "read", "$SYS/x/new/clients")).toBe(isReader);
      expect(may(account(role), "write", "$SYS/x/new/clients")).toBe(false);
    }
  });

  test.each(["nixwave/v1/hosts/rp3/desired", "nixwave/#", "#", "+/v1/#", "$SYS/#", "$share/g/x"])(
    "%s cannot be given to a device",
    (filter) => {
      expect(() => parseDeviceTopic(filter, base)).toThrow(/reaches into/);
    },
  );

  test("a device that must not press has the wire's buttons to read only", () => {
    const quiet: Account = { role: "device", user: "x", mayPress: false };
    expect(may(quiet, "write", `${base}/control/deploy/set`)).toBe(false);
    expect(may({ ...quiet, mayPress: true }, "write", `${base}/control/deploy/set`)).toBe(true);
    expect(may(quiet, "read", `${base}/control/hold/wall/state`)).toBe(true);
  });
});

describe("subscribing", () => {
  test("a filter is granted when it could deliver something readable", () => {
    expect(maySubscribe(rp3, "#", base)).toBe(true);
    expect(maySubscribe(rp3, `${base}/hosts/rp3/desired`, base)).toBe(true);
    expect(maySubscribe(rp3, `${base}/hosts/+/desired`, base)).toBe(true);
    expect(maySubscribe(rp3, `${base}/hosts/rp4/desired`, base)).toBe(false);
    expect(maySubscribe(rp3, `${base}/releases/+`, base)).toBe(false);
    expect(maySubscribe(rp3, "$SYS/#", base)).toBe(false);
    expect(maySubscribe(anna, "$SYS/#", base)).toBe(true);
  });

  test("shared subscriptions and malformed filters are refused to everybody", () => {
    for (const role of ROLES) {
      for (const filter of [
        "$share/group/#",
        "a#",
        "a/#/b",
        "a+",
        "",
        "a\u0000b",
        "x/".repeat(101),
      ]) {
        expect(maySubscribe(account(role), filter, base)).toBe(false);
      }
    }
  });

  test("whatever may be read may be subscribed to by its name", () => {
    fc.assert(
      fc.property(anyAccount(), anyTopic(), (who, topic) => {
        fc.pre(may(who, "read", topic));
        expect(maySubscribe(who, topic, base)).toBe(true);
      }),
    );
  });
});

test("a connection's access gives the same answers, also the second time", () => {
  fc.assert(
    fc.property(anyAccount(), fc.array(anyTopic(), { maxLength: 20 }), (who, topics) => {
      const access = accessOf(who, base);
      for (const topic of [...topics, ...topics]) {
        expect(access.mayRead(topic)).toBe(may(who, "read", topic));
        expect(access.mayWrite(topic)).toBe(may(who, "write", topic));
        expect(access.maySubscribe(topic)).toBe(maySubscribe(who, topic, base));
      }
    }),
  );
});

function anyAccount(): fc.Arbitrary<Account> {
  return fc.record({
    role: fc.constantFrom(...ROLES),
    user: fc.constantFrom("rp3", "rp4", "anna"),
  });
}

function anyTopic(): fc.Arbitrary<string> {
  const level = fc.constantFrom("rp3", "rp4", "anna", "main", "wall");
  const onWire = fc
    .tuple(fc.constantFrom(...WIRE_KINDS), level)
    .map(([kind, name]) => filled(WIRE[kind].topic, name));
  const outside = fc.constantFrom(
    "tele/a/SENSOR",
    "cmnd/a/Status",
    "$SYS/a",
    "other",
    "zigbee2mqtt/a/get",
  );
  return fc.oneof(onWire, outside, fc.string({ maxLength: 30 }));
}
