// The sign-in page when people may sign in at an issuer: a button, there and back, and why it failed if it did.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { assert, browser, done, root, Server, shoot, step, until } from "./_portal.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pave-issuer-"));
const python = spawn("python3", [path.join(root, "tests/journeys/issuer.py"), folder], { stdio: ["pipe", "pipe", "inherit"] });
let said = "";
python.stdout.on("data", (d) => {
	said += d;
});
const issuer = await until(() => /https:\S+/.exec(said)?.[0], "the issuer did not start", 600000);

const server = new Server();
await server.start(
	...["--oidc-issuer-url", issuer, "--oidc-client-id", "pave", "--oidc-username-claim", "email"],
	...["--oidc-ca-file", path.join(folder, "tls.crt"), "--signin-client-id", "pave", "--signin-name", "Example"],
);
const { page, close } = await browser();

await step("a button leads to the issuer and back, to the page that was wanted", async () => {
	await until(
		async () => (await page.request.get(`${server.url}/portal/oidc/start`, { maxRedirects: 0 })).headers().location?.startsWith(issuer),
		"the issuer has not said where to sign in",
	);
	await page.goto(`${server.url}/signin?to=/applications`);
	const button = page.getByRole("link", { name: "Sign in with Example" });
	await button.waitFor();
	await shoot(page, "signin-issuer");
	await button.click();
	await page.waitForURL(`${server.url}/applications`);
	await page.locator("main h1").waitFor();
	const session = await (await page.request.get(`${server.url}/portal/session`)).json();
	assert(session.user === "dana@example.org", JSON.stringify(session));
});

await step("who signs out can sign in again", async () => {
	await page.evaluate(() => fetch("/portal/session", { method: "DELETE", headers: { "X-Pave-Portal": "1" } }));
	await page.goto(`${server.url}/signin`);
	await page.getByRole("link", { name: "Sign in with Example" }).click();
	await page.waitForURL(`${server.url}/`);
	await page.locator("main h1").waitFor();
	await page.evaluate(() => fetch("/portal/session", { method: "DELETE", headers: { "X-Pave-Portal": "1" } }));
});

await step("what went wrong stands on the page, once, and comes from nobody else", async () => {
	await page.goto(`${server.url}/portal/oidc/callback?error=access_denied&state=x`);
	await page.getByRole("alert").getByText("this sign-in was not begun in this browser").waitFor();
	await shoot(page, "signin-failed");
	await page.reload();
	await page.getByRole("link", { name: "Sign in with Example" }).waitFor();
	assert((await page.getByRole("alert").count()) === 0, "the failure is told twice");
});

await close();
assert((await server.stop()) === 0, "the server did not end cleanly");
python.stdin.end();
fs.rmSync(folder, { recursive: true, force: true });
done();
