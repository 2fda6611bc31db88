// What was deployed, one after another, as people call it: the commits' subjects and authors, what came with each, and
// why there is no way back where there is none.  And a sync that fails and is tried again does not look calm.
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, git, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();
const repo = path.join(server.dir, "repo");
const commit = (message, price, ...flags) => {
	fs.mkdirSync(path.join(repo, "shop"), { recursive: true });
	const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "prices" }, data: { tea: String(price) } };
	fs.writeFileSync(path.join(repo, "shop/prices.yaml"), JSON.stringify(map));
	git(repo, "add", "-A");
	git(repo, "commit", "-qm", message, ...flags);
};
git(server.dir, "init", "-q", "-b", "main", repo);
commit("Sell tea\n\nAnd say why.", 1);

const application = (name, namespace, automated) => ({
	apiVersion: "argoproj.io/v1alpha1",
	kind: "Application",
	metadata: { name, namespace: "argocd" },
	spec: {
		project: "default",
		source: { repoURL: repo, path: "shop", targetRevision: "main" },
		destination: { server: "https://kubernetes.default.svc", namespace },
		syncPolicy: { automated },
	},
});
const apply = (...items) => {
	const r = server.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
	assert(r.code === 0, r.out);
};
const status = (name, field) => server.kubectl(["get", "application", name, "-n", "argocd", "-o", `jsonpath={.status.${field}}`]).out;
const deployed = (name, id) => until(() => status(name, `history[${id}].id`) === String(id), `${name} has no deployment ${id}`);

apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }, application("shop", "default", { prune: true }));
await deployed("shop", 0);
commit("Write a note", 1.5);
commit("Raise the price of tea", 2, "--author", "Mara Lindqvist <mara@example.org>");
await until(() => server.kubectl(["get", "configmap", "prices", "-o", "jsonpath={.data.tea}"]).out === "2", "the new price is not there");
const last = Number(status("shop", "history[-1:].id"));

const { page, close } = await browser();
await signIn(page, server);
const open = async (name) => {
	await page.goto(`${server.url}/applications/argocd/${name}?tab=history`);
	await page.locator("ol li").first().waitFor();
};
const entries = page.locator("main ol > li");

await step("each deployment has its commit's subject and author, and what came with it", async () => {
	await open("shop");
	const first = entries.first();
	await first.getByText("Raise the price of tea", { exact: true }).waitFor();
	await first.getByText("Mara Lindqvist", { exact: true }).waitFor();
	await first.getByText("committed").waitFor();
	await first.locator("summary").click();
	await first.getByText("changed shop/prices.yaml").waitFor();
	await entries.last().getByText("Sell tea", { exact: true }).waitFor();
	assert(!(await page.locator("main ol").innerText()).includes("And say why"), "the body of a commit is shown");
	await shoot(page, "history");
});

await step("why nothing is rolled back is written there, and once sync is by hand it is not", async () => {
	const note = page.getByText(/Rolling back is off while sync is automated/);
	await note.waitFor();
	const back = entries.last().getByRole("button", { name: "Roll back" });
	assert(await back.isDisabled(), "rolling back is offered");
	const said = await back.getAttribute("aria-describedby");
	assert((await note.getAttribute("id")) === said, "the button does not say what it is described by");
	apply(application("shop", "default", undefined));
	await note.waitFor({ state: "detached" });
	await back.click();
	await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
	await deployed("shop", last + 1);
	await entries.first().getByText("Sell tea", { exact: true }).waitFor();
	await entries.first().locator("summary", { hasText: /commits? back, 1 file changed/ }).waitFor();
});

await step("it is told on a phone, too", async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	await open("shop");
	await entries.first().getByText("Sell tea", { exact: true }).waitFor();
	assert(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), "the page scrolls sideways");
	await shoot(page, "history-phone");
	await page.setViewportSize({ width: 1440, height: 900 });
});

await step("a sync that failed and is tried again warns, with the reason and a clock of 24 hours", async () => {
	apply(application("lost", "nowhere", {}));
	await until(() => status("lost", "operationState.retryCount") !== "", "it is not tried again");
	await page.goto(`${server.url}/applications/argocd/lost`);
	const banner = page.locator("[data-state=warn]", { hasText: "The sync failed" }).first();
	await banner.getByText(/nowhere.*tried again at \d\d:\d\d\.$/).waitFor();
	const text = await banner.innerText();
	assert(!/\.\.|[AP]M/.test(text), text);
	assert((await page.locator("[data-state=progress]", { hasText: "nowhere" }).count()) === 0, "it looks calm");
	assert(await page.getByRole("banner").or(page.locator("header")).getByRole("button", { name: "Sync", exact: true }).isEnabled(), "a person may not try");
	await shoot(page, "sync-failing");
	await page.goto(server.url);
	await page.getByRole("region", { name: "Needs attention" }).getByText(/Sync failing.*nowhere/).waitFor();
});

await step("nothing of it is a fault of the page", async () => {
	assert(page.faults.length === 0, page.faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
