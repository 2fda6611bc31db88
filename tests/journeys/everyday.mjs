// What makes the portal quick on the fortieth visit: views under a name, several applications at once by
// keyboard, commands and what was looked at last in the search, and what changed meanwhile.
import path from "node:path";
import { assert, browser, done, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start("--example", path.join(root, "examples"));
const { page, close } = await browser();
await signIn(page, server);
const rows = page.locator("tbody tr:not([aria-hidden])");
const selected = page.getByRole("toolbar", { name: "Selected" });

async function search(text) {
	await page.keyboard.press("/");
	await page.getByPlaceholder(/Search services/).fill(text);
}

async function option(name) {
	const found = page.locator("[data-action]").filter({ hasText: name }).first();
	await found.waitFor();
	return found;
}

await step("a view is saved under a name, opened again, shared as a link and forgotten", async () => {
	await page.goto(`${server.url}/applications?health=Healthy&sort=-name`);
	await page.getByRole("button", { name: "Saved views" }).click();
	await page.getByLabel("Name of this view").fill("Fine ones");
	await page.keyboard.press("Enter");
	await shoot(page, "views");
	await page.goto(`${server.url}/applications`);
	await page.getByRole("button", { name: "Saved views" }).click();
	await page.getByRole("button", { name: "Fine ones", exact: true }).click();
	await until(() => page.url().endsWith("/applications?health=Healthy&sort=-name"), `the address is ${page.url()}`);
	await page.getByRole("button", { name: "Saved views" }).click();
	await page.getByRole("button", { name: "Forget Fine ones" }).click();
	await page.getByText("Kept in this browser").waitFor();
	await page.keyboard.press("Escape");
});

await step("x selects rows, and a refresh of all of them is asked of the server", async () => {
	await page.goto(`${server.url}/applications`);
	await until(async () => (await rows.count()) > 2, "no applications are listed");
	const patches = [];
	page.on("request", (r) => r.method() === "PATCH" && patches.push(new URL(r.url()).pathname));
	for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
	await selected.getByText("2 selected").waitFor();
	await shoot(page, "selected");
	await selected.getByRole("button", { name: "Refresh" }).click();
	await page.getByText("Refreshing 2 applications").waitFor();
	assert(patches.length === 2 && new Set(patches).size === 2, `patched ${patches}`);
	await selected.waitFor({ state: "detached" });
});

await step("a sync of several names them first, and starts each", async () => {
	await page.getByLabel("Select all").check();
	await selected.getByRole("button", { name: "Sync" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByText(/^Sync \d+ applications$/).waitFor();
	assert((await page.getByRole("banner").count()) <= 1, "the dialog has a banner of its own");
	await shoot(page, "sync-several");
	await dialog.getByRole("button", { name: "Sync" }).click();
	await page.getByText(/^Started to sync \d+ applications$/).waitFor();
	const left = () => server.kubectl(["get", "applications", "-n", "argocd", "-o", "jsonpath={.items[*].operation}"]).out.trim();
	await until(() => left() === "", "an operation was never taken up");
});

await step("the search begins with what was looked at last", async () => {
	const name = (await rows.first().locator("a").first().getAttribute("href")).split("/").at(-1);
	await page.goto(`${server.url}/applications/argocd/${name}`);
	await page.locator("main h1").waitFor();
	await until(async () => (await page.title()) === `${name} · Application · Pave`, "the title does not say what it is");
	await page.goto(server.url);
	await page.locator("main h1").waitFor();
	await search("");
	await option(name);
	await shoot(page, "search-recent");
	const first = page.locator("[data-action]").first();
	assert((await first.innerText()).includes(name), `the first is ${await first.innerText()}`);
	await first.click();
	await until(() => page.url().endsWith(`/applications/argocd/${name}`), "it did not lead there");
});

await step("it syncs after a preview, and changes the theme", async () => {
	await page.goto(server.url);
	await page.locator("main h1").waitFor();
	await search("sync");
	await (await option(/^Sync /)).click();
	const dialog = page.getByRole("dialog", { name: /^Sync / });
	await dialog.getByRole("button", { name: "Sync" }).waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await until(() => !page.url().includes("do="), "the dialog stays in the address");
	await search("dark theme");
	await (await option("Dark theme")).click();
	await until(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme === "dark"), "the theme did not change");
});

await step("what drifts while one reads is in the notifications, once", async () => {
	await page.goto(`${server.url}/applications`);
	await rows.first().waitFor();
	await page.locator("[aria-label^=Notifications][aria-haspopup=dialog]").waitFor(); // now it compares
	// A sync that is under way would put back what is deleted, and nothing would differ.
	const phases = () => server.kubectl(["get", "applications", "-n", "argocd", "-o", "jsonpath={.items[*].operation}{.items[*].status.operationState.phase}"]).out;
	await until(() => !/Running|\{/.test(phases()), "a sync never ended");
	const apps = JSON.parse(server.kubectl(["get", "applications", "-n", "argocd", "-o", "json"]).out).items;
	const app = apps.find((a) => a.status?.health?.status === "Healthy" && a.status.resources?.some((r) => r.kind === "Deployment") && !a.spec.syncPolicy?.automated?.selfHeal) ?? apps.find((a) => a.status?.health?.status === "Healthy" && a.status.resources?.some((r) => r.kind === "Deployment"));
	assert(app, "no healthy application has a Deployment");
	const r = app.status.resources.find((one) => one.kind === "Deployment");
	const off = server.kubectl(["patch", "application", app.metadata.name, "-n", "argocd", "--type=merge", "-p", '{"spec":{"syncPolicy":null}}']);
	assert(off.code === 0, off.out);
	const gone = server.kubectl(["delete", "deployment", r.name, "-n", r.namespace]);
	assert(gone.code === 0, gone.out);
	const bell = page.getByRole("button", { name: /^Notifications, \d+ new/ });
	await bell.waitFor();
	await bell.click();
	const inbox = page.getByRole("dialog", { name: "Notifications" });
	const told = inbox.getByRole("listitem").filter({ hasText: app.metadata.name }).filter({ hasText: "Out of sync" });
	await told.first().waitFor();
	await shoot(page, "notifications");
	await told.first().getByRole("link").click();
	await until(() => page.url().endsWith(`/applications/argocd/${app.metadata.name}`), "it did not lead there");
	// Others may have news meanwhile, before it and after it; this is told once, and has been read.
	const again = page.getByRole("button", { name: /^Notifications/ });
	await again.click();
	await told.first().waitFor();
	await page.keyboard.press("Escape");
	await inbox.waitFor({ state: "detached" });
	await again.click();
	await told.first().waitFor();
	assert((await told.count()) === 1, `it is told ${await told.count()} times`);
	assert((await told.first().getAttribute("data-new")) === null, "it is new again");
	await page.keyboard.press("Escape");
});

await step("of a system nothing is missing that a system cannot have", async () => {
	await page.goto(`${server.url}/catalog/system/default/shop`);
	const about = page.getByRole("region", { name: "About" });
	await about.getByText("Owner", { exact: true }).waitFor();
	assert((await about.getByText("Lifecycle", { exact: true }).count()) === 0, "it names a lifecycle");
});

await step("who may only look is offered no change", async () => {
	for (const args of [
		["create", "serviceaccount", "looker", "-n", "argocd"],
		["create", "clusterrolebinding", "looker", "--clusterrole=view", "--serviceaccount=argocd:looker"],
	]) {
		const made = server.kubectl(args);
		assert(made.code === 0, made.out);
	}
	const token = server.kubectl(["create", "token", "looker", "-n", "argocd"]).out.trim();
	const answer = await page.context().request.post(`${server.url}/portal/session`, { data: { token }, headers: { "X-Pave-Portal": "1" } });
	assert(answer.ok(), `sign-in: ${answer.status()}`);
	await page.goto(`${server.url}/applications`);
	await rows.first().waitFor();
	for (const key of ["j", "x"]) await page.keyboard.press(key);
	await selected.getByText("You have no right to change applications in argocd").waitFor();
	assert(await selected.getByRole("button", { name: "Sync" }).isDisabled(), "sync is offered");
	await page.keyboard.press("/");
	await page.getByPlaceholder(/Search services/).fill("sync");
	await page.waitForFunction(() => document.querySelector('[role="dialog"]'));
	assert((await page.locator("[data-action]").filter({ hasText: /^Sync / }).count()) === 0, "the search offers a sync");
	await page.goto(`${server.url}/applications`);
	await rows.first().getByRole("link").first().click();
	for (const name of ["Refresh", "Sync"])
		await page.locator('button[data-disabled][data-tip="You have no right to change this application"]').filter({ hasText: name }).waitFor();
});

await step("nothing of it is a fault of the page", async () => {
	assert(page.faults.length === 0, page.faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
