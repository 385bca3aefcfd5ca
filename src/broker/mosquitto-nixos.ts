import {
  type AclPlan,
  accountsOf,
  aclLinesOf,
  BROKER_SETTINGS,
  openAclLinesOf,
} from "./mosquitto-acl.ts";

/** The same as `services.mosquitto` of NixOS. Each user's lines go without the word `topic`, as the module wants them. */
export function mosquittoNixos(plan: AclPlan): string {
  const users = accountsOf(plan).map((account) => {
    const lines = aclLinesOf(account, plan.base).map((line) => line.replace(/^topic /, ""));
    return `        ${nixString(account.user)} = {
          passwordFile = "/etc/nixwave/mqtt/${account.user}.password";
          acl = ${nixList(lines, 10)};
        };`;
  });
  return `# Import this module. It replaces the listeners of services.mosquitto.
{
  services.mosquitto = {
    enable = true;
    settings = {
${BROKER_SETTINGS.map(([name, value]) => `      ${name} = ${value};`).join("\n")}
    };
    listeners = [
      {
        # Sensors and switches, without a user name: only what the list names.
        port = 1883;
        omitPasswordAuth = true;
        settings.allow_anonymous = true;
        acl = ${nixList(openAclLinesOf(plan), 8)};
      }
      {
        # Nixwave. For TLS set settings.cafile, settings.certfile and settings.keyfile.
        port = 8883;
        users = {
${users.map((user) => user.replace(/^(?=.)/gm, "  ")).join("\n")}
        };
      }
    ];
  };
}
`;
}

/** Neither \`\${\` nor quotes can stand in topic filters of ours; escaped all the same. */
const nixString = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replaceAll("${", "\\${")}"`;

function nixList(lines: readonly string[], indent: number): string {
  const space = " ".repeat(indent);
  return `[\n${lines.map((line) => `${space}  ${nixString(line)}`).join("\n")}\n${space}]`;
}
