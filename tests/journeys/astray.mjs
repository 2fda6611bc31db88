// Where something is not as one thinks: a word with a slip in it, a link that was used, a name that nothing in the
// catalog has, Pods that crash behind those that still run.  The portal says what is so.
import { assert, browser, done, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();
const { page, close } = await browser();
await signIn(page, server);

function apply(...objects) {
	const made = server.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
	assert(made.code === 0, made.out);
}

const component = (name, spec) => ({
	apiVersion: "backstage.io/v1alpha1",
	kind: "Component",
	metadata: { name, namespace: "default" },
	spec: { type: "service", lifecycle: "production", owner: "team-x", ...spec },
});

await step("relations to what is not in the catalog are no links, and say so", async () => {
	apply(component("known", {}), component("my-svc", { dependsOn: ["component:known", "resource:my-db"] }));
	await page.goto(`${server.url}/catalog/component/default/my-svc`);
	for (const region of ["Relations", "Around it"]) {
		const card = page.getByRole("region", { name: region });
		await card.getByRole("link", { name: "known" }).waitFor();
		const lost = card.locator("span", { has: page.locator("s", { hasText: "my-db" }) }).first();
		await lost.getByText("not in the catalog").waitFor();
		assert((await card.getByRole("link", { name: "my-db" }).count()) === 0, `${region}: my-db is a link`);
		assert((await card.getByRole("link", { name: "team-x" }).count()) === 0, `${region}: team-x is a link`);
	}
	assert((await page.locator("main").getByRole("link", { name: "team-x" }).count()) === 0, "the missing owner is a link");
	await shoot(page, "missing-relations");
	apply({ apiVersion: "backstage.io/v1alpha1", kind: "Resource", metadata: { name: "my-db", namespace: "default" }, spec: { type: "database", owner: "team-x" } });
	await page.getByRole("region", { name: "Relations" }).getByRole("link", { name: "my-db" }).waitFor();
});

await step("Backstage's order of an address leads to the entity, and a kind that is none is said to be none", async () => {
	await page.goto(`${server.url}/catalog/default/Component/my-svc?tab=yaml`);
	await page.waitForURL("**/catalog/component/default/my-svc?tab=yaml");
	await page.getByRole("heading", { name: "my-svc" }).waitFor();
	apply({
		apiVersion: "scaffolder.backstage.io/v1beta3",
		kind: "Template",
		metadata: { name: "new", namespace: "default" },
		spec: { type: "service", owner: "team-x", steps: [{ id: "write", action: "fetch:template" }] },
	});
	await page.goto(`${server.url}/catalog/default/template/new`);
	await page.getByRole("heading", { name: "new" }).waitFor();
	await page.goto(`${server.url}/catalog/widget/default/my-svc`);
	await page.getByText("The catalog has no kind widget: it has component,").waitFor();
});

await step("a word with a slip in it finds what is nearest, and what was visited stands once", async () => {
	await page.keyboard.press("/");
	const box = page.getByPlaceholder(/Search services/);
	await box.fill("knonw");
	await page.getByText("Nothing here is called “knonw”. The nearest:").waitFor();
	await page.locator("[data-action]").filter({ hasText: "known" }).first().waitFor();
	await box.fill("my-svc");
	const found = page.locator("[data-action]").filter({ hasText: "my-svc" });
	await until(async () => (await found.count()) === 1, "what was visited stands twice");
	await shoot(page, "search-near");
	await page.keyboard.press("Escape");
});

await step("letters typed before the search is there are in it, and no commands", async () => {
	await page.route(/\/assets\/Search-.*\.js$/, async (route) => {
		await new Promise((r) => setTimeout(r, 500));
		await route.continue();
	});
	await page.goto(`${server.url}/catalog/component/default/my-svc`);
	await page.locator("main h1").waitFor();
	await page.keyboard.type("/gcatalog");
	const box = page.getByPlaceholder(/Search services/);
	await box.waitFor();
	await until(async () => (await box.inputValue()) === "gcatalog", "letters are lost");
	assert(page.url().endsWith("/my-svc"), `g c led to ${page.url()}`);
	await page.unroute(/\/assets\/Search-.*\.js$/);
	await page.keyboard.press("Escape");
});

await step("a roll-out whose new Pods crash says that, while the old ones run", async () => {
	const deployment = (annotations) => ({
		apiVersion: "apps/v1",
		kind: "Deployment",
		metadata: { name: "web", namespace: "default" },
		spec: {
			replicas: 2,
			progressDeadlineSeconds: 2,
			selector: { matchLabels: { app: "web" } },
			template: { metadata: { labels: { app: "web" }, annotations }, spec: { containers: [{ name: "web", image: "web:1" }] } },
		},
	});
	apply(deployment({}));
	await page.goto(`${server.url}/workloads`);
	const row = page.locator("tr", { has: page.getByRole("rowheader", { name: "web", exact: true }) });
	await row.getByText("2/2").waitFor();
	apply(deployment({ "pave.dev/simulate": "crash" }));
	await until(
		() => server.kubectl(["get", "deployment", "web", "-o", "jsonpath={.status.conditions[?(@.type=='Progressing')].reason}"]).out.includes("Exceeded"),
		"the deadline was not noticed",
	);
	await row.getByText("CrashLoopBackOff").waitFor();
	assert((await row.getByText("2/2").count()) === 1, "the old Pods are not counted");
	await shoot(page, "roll-out-stuck");
});

await step("what is still on its way is not said to be nothing", async () => {
	let letGo;
	const held = new Promise((r) => {
		letGo = r;
	});
	const pods = /\/portal\/watch\?.*pods/;
	await page.goto(server.url); // Home watches Deployments, and no Pods
	await page.getByRole("region", { name: "Recent events" }).getByRole("listitem").first().waitFor();
	await page.route(pods, async (route) => {
		await held;
		await route.continue();
	});
	await page.evaluate(() => history.pushState(null, "", "/objects/apps/v1/Deployment/default/web"));
	const card = page.getByRole("region", { name: "Pods" });
	await card.waitFor();
	const said = await page.locator("main").innerText();
	letGo();
	for (const claim of ["It has no pods now", "Nobody owns it"]) assert(!said.includes(claim), `${claim}: of what has not come`);
	await card.getByText("CrashLoopBackOff").first().waitFor();
	await page.unroute(pods);
});

await step("a name is drawn as it is written: no x between digits becomes a multiplication sign", async () => {
	const drawn = await page.evaluate(() =>
		["main h1", "main button", "main code, main dd"].map((at) => getComputedStyle(document.querySelector(at)).fontVariantLigatures),
	);
	assert(drawn.every((ligatures) => ligatures === "no-contextual"), drawn.join(", "));
});

await step("signing out is a command, and a link that was used says what prints a new one", async () => {
	await page.keyboard.press("/");
	await page.getByPlaceholder(/Search services/).fill("sign out");
	await page.locator("[data-action]").filter({ hasText: "Sign out" }).first().click();
	await page.getByRole("heading", { name: /Sign in|signed out/ }).waitFor();
	page.faults.length = 0; // the next answer is a 401, which the browser logs
	await page.goto(server.link);
	const alert = page.getByRole("alert");
	await alert.locator("code", { hasText: /^pave signin$/ }).waitFor();
	assert(!(await alert.innerText()).includes("`"), await alert.innerText());
	await shoot(page, "signin-used");
});

await step("nothing of it is a fault of the page", async () => {
	const faults = page.faults.filter((text) => !text.includes("401"));
	assert(faults.length === 0, faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
