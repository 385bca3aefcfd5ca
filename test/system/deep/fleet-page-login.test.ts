import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Conductor } from "../../../src/conductor/index.ts";
import { formatPublicKey } from "../../../src/contract/index.ts";
import { startAedes } from "../../support/brokers.ts";
import { CI_KEY, FLEET } from "../../support/contract-builders.ts";
import { needs } from "../../support/system-parts.ts";
import { nodeRed, runNodeRed } from "../shared-broker-rig.ts";
import { lookAt, PHONE } from "./fleet-page-rig.ts";
import { openBrowser } from "./sidebar-rig.ts";

const FLEET_NODE = {
  ...{ id: "fleet", type: "nixwave-fleet", name: "home", fleet: FLEET, channel: "main", shape: 2 },
  ...{ mqttBroker: "broker", base: "", threshold: "1", language: "en", zone: "UTC" },
  hosts: [{ host: "rp4", carries: [], optional: false }],
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
};
const LOGIN = {
  knows: (user: string) => user === "admin",
  accepts: (_user: string, password: string) => Promise.resolve(password === "right"),
};
const conductor = (): Conductor | null | undefined =>
  (nodeRed.nodes.getNode("fleet") as { readonly conductor?: Conductor | null } | null)?.conductor;
const isAwake = () =>
  vi.waitUntil(() => conductor()?.view.isLearning === false, { timeout: 20_000 });

async function openHome(login?: typeof LOGIN) {
  const end = new AsyncDisposableStack();
  const broker = await startAedes();
  end.defer(() => broker.stop());
  const red = await runNodeRed(broker.port, {}, [FLEET_NODE], login);
  end.defer(red.close);
  await isAwake();
  const profile = await mkdtemp(join(tmpdir(), "nixwave-login-"));
  end.defer(() => rm(profile, { recursive: true, force: true }));
  const browser = await openBrowser(profile);
  end.defer(() => browser.context.close());
  return { end, red, browser };
}

describe.skipIf(needs("chromium").skip)("the fleet page where Node-RED asks who it is", () => {
  let home: Awaited<ReturnType<typeof openHome>>;
  beforeAll(async () => {
    home = await openHome(LOGIN);
  });
  afterAll(() => home.end.disposeAsync());

  it("shows nothing of the fleet before the login, and lets in who knows the password", async () => {
    const page = await home.browser.context.newPage();
    await page.setViewportSize(PHONE);
    page.setDefaultTimeout(10_000);
    await page.goto(`${home.red.url}/nixwave`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await lookAt(page, "login-phone");
    expect(await page.locator("body").textContent()).not.toContain("rp4");
    await page.keyboard.type("admin"); // the first field has the focus
    await page.getByLabel("Password").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Name or password is wrong.").waitFor();
    await page.getByLabel("Password").fill("right");
    await page.keyboard.press("Enter");
    await page.locator('[data-host="rp4"]').waitFor();
    await page.getByRole("button", { name: "Hold" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Hold" }).click();
    await page.getByText(/^admin holds everything/).waitFor();
    await page.close();
  });

  it("shares the login with the editor, and its end", async () => {
    const editor = await home.browser.context.newPage();
    await editor.goto(home.red.url);
    await editor.locator("#red-ui-header-button-deploy").waitFor();
    await editor.close();
    const page = await home.browser.context.newPage();
    await page.goto(`${home.red.url}/nixwave`);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.close();
  });

  it("complained of nothing but the refusals", () => {
    const refused = /status of (?:401|403)/;
    expect(home.browser.complaints.filter((text) => !refused.test(text))).toEqual([]);
  });
});

/** What a bad page may try without asking: a form, and requests whose answers it cannot read. */
const badPage = (target: string): string => `<!doctype html><title>prizes</title>
<iframe name="sink"></iframe>
<form method="post" action="${target}" target="sink" enctype="text/plain">
  <input name='{"verb":"hold","x":"' value='"}'>
</form>
<script>
  const body = '{"verb":"hold"}';
  const tries = [
    { mode: "no-cors", headers: { "content-type": "text/plain" } },
    { headers: { "content-type": "application/json" } },
    { headers: { "content-type": "application/json", "x-nixwave": "1" } },
  ];
  const ask = (rest) => fetch("${target}", { method: "POST", body, ...rest }).then(
    (answer) => answer.type + " " + answer.status, () => "refused");
  document.forms[0].submit();
  Promise.all(tries.map(ask)).then((said) => { document.title = said.join(", "); });
</script>`;

describe.skipIf(needs("chromium").skip)("another site's page in the same browser", () => {
  it("cannot press a button of a hub that asks nobody, nor see or frame its page", async () => {
    await using end = new AsyncDisposableStack();
    const home = await openHome();
    end.use(home.end);
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(badPage(`${home.red.url}/nixwave/fleet/fleet/ask`));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    end.defer(() => void server.close());
    const { port } = server.address() as AddressInfo;
    for (const host of ["127.0.0.1", "localhost"]) {
      const page = await home.browser.context.newPage();
      await page.goto(`http://${host}:${port}/`);
      await page.waitForFunction(() => document.title !== "prizes");
      expect(await page.title()).toBe("opaque 0, refused, refused");
      await page.evaluate((address) => {
        const frame = document.createElement("iframe");
        frame.src = address;
        document.body.append(frame);
      }, `${home.red.url}/nixwave/page/`);
      await vi.waitUntil(() =>
        home.browser.complaints.some((text) => /frame-ancestors/.test(text)),
      );
      await page.close();
    }
    expect(conductor()?.view.state.holds).toEqual([]);
  });
});
