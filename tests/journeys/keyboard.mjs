// By keyboard and screen reader: a way past the navigation, the focus on the new page and back where it was,
// what is said when a page or a list comes, and tables whose rows have a head.
import path from "node:path";
import { assert, browser, done, root, Server, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start("--example", path.join(root, "examples"));
const { page, close } = await browser();
await signIn(page, server);

/** What has the focus, as a person would call it. */
const focus = () =>
	page.evaluate(() => {
		const e = document.activeElement;
		if (!e || e === document.body) return "nothing";
		return e.id === "content" ? "the page" : (e.getAttribute("aria-label") ?? e.textContent ?? "").trim();
	});
// Its name, with what may be counted behind it: "Notifications, 2 new".
const named = (name) => new RegExp(`^${name.replace(/[^\w ]/g, "\\$&")}(, \\d+ new)?$`);
const has = (name) => until(async () => named(name).test(await focus()), `${name} has not the focus`);
const within = () =>
	until(
		() => page.evaluate(() => document.activeElement?.closest("[role=dialog], [role=menu], [role=presentation]") != null),
		"the focus is not in what was opened",
	);
const open = async (address) => {
	await page.goto(server.url + address);
	await page.locator("main h1").waitFor();
};
const press = async (button) => {
	await button.focus();
	await page.keyboard.press("Enter");
};

await step("the first key leads past the navigation", async () => {
	await open("/");
	await page.keyboard.press("Tab");
	await has("Skip to the page");
	await page.keyboard.press("Enter");
	await has("the page");
});

await step("a page that was gone to has the focus and says its name", async () => {
	await open("/catalog");
	await press(page.locator("tbody tr a").first());
	await page.waitForURL(/catalog\/.+/);
	await has("the page");
	const title = await page.title();
	await page.locator("[role=status]", { hasText: title }).waitFor({ state: "attached" });
});

await step("what a list is, how long it is and what each row is about can be heard", async () => {
	await open("/catalog");
	await page.getByRole("table", { name: "entities" }).waitFor();
	const rows = await page.getByRole("rowheader").count();
	assert(rows > 10, `${rows} rows have a head`);
	assert((await page.locator("th[aria-sort]").count()) === 1, "the order is not told");
	await page.locator("[aria-live=polite]", { hasText: "entities" }).waitFor();
});

for (const [what, address, opener, inside] of [
	["the list of keys", "/catalog", "?", "Keyboard"],
	["the search", "/", "Search (⌘K or /)", undefined],
	["why", "/applications/argocd/pricing", "Why", undefined],
	["the sync dialog", "/applications/argocd/pricing", "Sync", "Sync pricing"],
	["the person's menu", "/", "You and your settings", undefined],
	["the list of news", "/", "Notifications", undefined],
	["the columns", "/catalog", "Columns", undefined],
])
	await step(`${what} takes the focus and gives it back`, async () => {
		await open(address);
		let back = opener;
		if (opener === "?") {
			const first = page.locator("tbody tr a").first();
			await first.focus();
			back = (await first.innerText()).trim();
			await page.keyboard.press("?");
		} else {
			await press(page.getByRole("button", { name: named(opener) }).first());
		}
		if (inside) await page.getByRole("dialog", { name: inside }).waitFor();
		await within();
		await page.keyboard.press("Escape");
		await has(back);
	});

await step("its key pressed again in the search leaves the focus to go back where it was", async () => {
	await open("/");
	const news = page.getByRole("button", { name: named("Notifications") }).first();
	await news.focus();
	await page.keyboard.press("Control+k");
	await has("Search");
	await page.keyboard.press("Control+k");
	await page.keyboard.press("Escape");
	await has("Notifications");
});

await step("or to what has taken its place", async () => {
	await open("/");
	const news = page.getByRole("button", { name: named("Notifications") }).first();
	await news.focus();
	await page.keyboard.press("Control+k");
	await has("Search");
	await news.evaluate((e) => e.replaceWith(e.cloneNode(true)));
	await page.keyboard.press("Escape");
	await has("Notifications");
});

await step("on a phone, so does the navigation", async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	await open("/catalog");
	await press(page.getByRole("button", { name: "Open the navigation" }));
	await page.getByRole("dialog", { name: "Navigation" }).waitFor();
	await within();
	await page.keyboard.press("Escape");
	await has("Open the navigation");
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
