// How the first page comes: a shell before any module has run, in the colours that were chosen; one
// stream and one question who is signed in; what was left out of it is there when it is asked for.
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start("--example", path.join(root, "examples"));
const { page, close } = await browser();
await signIn(page, server);

const asked = [];
page.on("request", (r) => asked.push(new URL(r.url()).pathname));

await step("Home asks once for its stream, and once who is signed in", async () => {
	asked.length = 0;
	await page.goto(server.url);
	await page.locator("main li a").first().waitFor();
	for (const what of ["/portal/watch", "/portal/session"]) {
		const times = asked.slice(asked.indexOf("/")).filter((p) => p === what).length;
		assert(times === 1, `${what} was asked ${times} times: ${asked}`);
	}
	const here = asked.slice(asked.indexOf("/"));
	const early = here.indexOf("/portal/watch");
	const groups = here.indexOf("/apis");
	assert(early < groups, `the stream waited for the application: ${here}`);
});

await step("so does the list of applications, of which it asks for what it shows", async () => {
	const streams = [];
	const note = (r) => r.url().includes("/portal/watch") && streams.push(decodeURIComponent(r.url()));
	page.on("request", note);
	await page.goto(`${server.url}/applications`);
	await page.locator("tbody tr a").first().waitFor();
	page.off("request", note);
	assert(streams.length === 1, `the stream was asked for ${streams.length} times: ${streams.join("\n")}`);
	const list = /r=([^&]*applications;list[^&]*)/.exec(streams[0])?.[1] ?? "";
	assert(list.includes("status(") && !list.includes("resources"), `all of each application is asked for: ${streams[0]}`);
});

await step("search, menus and editors are no part of what the page waits for", async () => {
	const html = await (await page.request.get(server.url, { headers: { Accept: "text/html" } })).text();
	const home = /&quot;\/&quot;:\[(.*?)\]/.exec(html)?.[1] ?? "";
	assert(home.includes("Home-"), `the plan does not name Home's module: ${html}`);
	const first = [...html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="([^"]+)"/g)].map((m) => m[1]).join(" ") + home;
	const much = first.match(/assets\/(Search|Menu|Toasts|CodeView|List|Modal|more)-/);
	assert(!much, `the first page loads ${much?.[0]}`);
});

await step("the search opens by its key as soon as the page is there", async () => {
	await page.goto(server.url);
	await page.locator("main h1").waitFor();
	await page.keyboard.press("/");
	const box = page.getByPlaceholder(/Search services/);
	await box.waitFor();
	await box.fill("checkout");
	await until(async () => (await page.locator("[data-action]").count()) > 0, "nothing was found");
	await page.keyboard.press("Escape");
});

await step("a key right after the search was closed is a command again", async () => {
	await page.keyboard.press("/");
	await page.getByPlaceholder(/Search services/).waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("/");
	await page.getByPlaceholder(/Search services/).waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("?");
	await page.getByRole("dialog", { name: "Keyboard" }).getByText("Go to Catalog").waitFor();
	await page.keyboard.press("Escape");
	await page.getByRole("dialog").waitFor({ state: "detached" });
});

await step("one click opens the person's menu, in which the theme is chosen", async () => {
	await page.goto(server.url);
	await page.getByRole("button", { name: "You and your settings" }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
	await page.locator("label:has([aria-label=Dark])").click();
	await until(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme === "dark"), "the theme did not change");
});

await step("a press is not lost if the menu comes while it is held, nor closes it again", async () => {
	let come;
	const held = new Promise((r) => {
		come = r;
	});
	await page.route(/\/assets\/PersonMenu-.*\.js/, async (route) => {
		await held;
		await route.continue();
	});
	await page.goto(server.url);
	const button = page.getByRole("button", { name: "You and your settings" });
	await button.hover();
	const first = await button.elementHandle();
	await page.mouse.down();
	const there = page.waitForResponse(/\/assets\/PersonMenu-.*\.js/);
	come();
	await (await there).finished();
	// What has come is drawn, were it allowed to.
	await page.evaluate(async () => {
		await import(performance.getEntriesByType("resource").find((e) => /\/PersonMenu-.*\.js/.test(e.name)).name);
		for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
	});
	assert(await first.evaluate((e) => e.isConnected), "the button was taken away while it was held down");
	await page.mouse.up();
	await page.getByRole("menuitem", { name: "Sign out" }).click({ trial: true });
	await page.unroute(/\/assets\/PersonMenu-.*\.js/);
});

await step("the shell is there before the application, in the theme that was chosen", async () => {
	await page.route(/\/assets\/(index|vendor)-.*\.js/, (route) => route.abort());
	await page.goto(server.url);
	await page.locator(".shell-brand").waitFor();
	const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	assert(dark === "rgb(19, 19, 22)", `the background is ${dark}`);
	await shoot(page, "shell");
	await page.unroute(/\/assets\/(index|vendor)-.*\.js/);
});

await step("nothing calls itself empty before it is known", async () => {
	await page.route(/\/portal\/watch/, () => {}); // never answered
	await page.goto(server.url);
	await page.locator("main h1").waitFor();
	const said = await page.locator("main").innerText();
	const claim = said.match(/No policies|Quiet\.|has all that|are healthy/);
	assert(!claim, `Home says "${claim?.[0]}" and knows nothing yet`);
	await shoot(page, "loading");
	await page.unroute(/\/portal\/watch/);
});

await step("a tip says the exact time, on hover", async () => {
	await page.goto(server.url);
	await page.locator("main time").first().hover();
	const tip = page.getByRole("tooltip");
	await tip.waitFor();
	const text = await tip.innerText();
	assert(/\d{4}/.test(text) && /\d\d:\d\d/.test(text), `the tip says "${text}"`);
	await page.keyboard.press("Escape");
	await tip.waitFor({ state: "detached" });
});

await step("the row that j and k go to has the focus", async () => {
	await page.goto(`${server.url}/applications`);
	await page.locator("tbody tr a").first().waitFor();
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await until(() => page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex") === "3"), "the second row has not the focus");
	await page.locator("tbody input[type=checkbox]").first().focus();
	await page.keyboard.press("k");
	await until(() => page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex") === "2"), "from a checkbox, the keys do nothing");
	await page.keyboard.press("Enter");
	await page.waitForURL(/\/applications\/.+/);
});

await step("About tells the version and the commit that run", async () => {
	const told = await (await page.request.get(`${server.url}/version`)).json();
	const built = /^project\(pave VERSION (\S+)/m.exec(fs.readFileSync(path.join(root, "CMakeLists.txt"), "utf8"))[1];
	await page.goto(`${server.url}/settings?tab=about`);
	await page.getByText(`Pave ${built}`, { exact: true }).waitFor();
	if (told.gitCommit) await page.getByText(told.gitCommit.slice(0, 12)).waitFor();
	assert(!told.gitCommit === !fs.existsSync(path.join(root, ".git")), `the commit is "${told.gitCommit}"`);
});

await step("who signs out is signed out in every tab, and signed in again in every tab", async () => {
	const other = await page.context().newPage();
	await other.goto(`${server.url}/applications?health=Healthy`);
	await other.locator("tbody tr a").first().waitFor();
	await page.goto(server.url);
	await page.getByRole("button", { name: "You and your settings" }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await other.getByRole("heading", { name: "You are signed out" }).waitFor();
	await other.getByText("/applications?health=Healthy").waitFor();
	await shoot(other, "signed-out");
	await page.goto("about:blank");
	await page.goto(server.signInLink());
	await page.locator("main h1").waitFor();
	await other.waitForURL(/applications\?health=Healthy/);
	await other.locator("tbody tr a").first().waitFor();
	await other.close();
});

await step("nothing of it broke the policy of the page", async () => {
	const faults = page.faults.filter((f) => !/ERR_FAILED|ERR_ABORTED/.test(f));
	assert(faults.length === 0, faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
