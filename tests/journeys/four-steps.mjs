// The way of one service through the platform, seen in a browser while kubectl and git do it:
// the catalog fills from Git, an Application syncs, heals and prunes, two rules refuse and warn,
// and "why" says what was done.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, git, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();
const { page, close } = await browser();
// Long names are cut in two pieces: one line for the eye, two for innerText.
const text = async () => (await page.locator("body").innerText()).replaceAll("\n", "");
const shows = (what) => until(async () => (await text()).includes(what), `the page never showed "${what}"`);
const go = (p) => page.goto(server.url + p);

function repository(name, from) {
	const dir = path.join(server.dir, name);
	execFileSync("cp", ["-r", "--no-preserve=mode", `${from}/.`, dir]); // it may be read-only
	git(dir, "init", "-q", "-b", "main");
	git(dir, "add", "-A");
	git(dir, "commit", "-qm", "Start");
	return dir;
}

function apply(object) {
	const r = server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
	assert(r.code === 0, r.out);
	return r.out;
}

const shared = path.join(root, "../shared/conformance/delivery/example-apps/guestbook");
const source = fs.existsSync(shared) ? shared : path.join(root, "examples/tour/guestbook");
const guestbook = repository("guestbook", source);
const manifest = fs.readdirSync(guestbook).find((f) => f.includes("deployment"));
const serviceFile = fs.readdirSync(guestbook).find((f) => /svc|service/.test(f));
const name = source === shared ? "guestbook-ui" : "guestbook";
const replicas = () => server.kubectl(["get", "deployment", name, "-n", "guestbook", "-o", "jsonpath={.spec.replicas} {.status.readyReplicas}"]).out;

await step("the one-time link signs in, once", async () => {
	await go("/signin"); // the link is pasted into the tab that asks for it
	await page.locator("main h1").waitFor();
	await signIn(page, server);
	await shows("Catalog");
	const again = await fetch_session(server.link.split("code=")[1]);
	assert(again === 401, `the link worked a second time: ${again}`);
});

async function fetch_session(code) {
	return page.evaluate(
		async (c) => (await fetch("/portal/session", { method: "POST", headers: { "X-Pave-Portal": "1" }, body: JSON.stringify({ code: c }) })).status,
		code,
	);
}

await step("1. the catalog fills from Git while the page is open", async () => {
	await go("/catalog");
	const services = repository("services", path.join(root, "examples/repos/services"));
	const organisation = repository("organisation", path.join(root, "examples/repos/organisation"));
	for (const [n, dir] of Object.entries({ services, organisation }))
		apply({ apiVersion: "portal.pave.dev/v1alpha1", kind: "CatalogSource", metadata: { name: n }, spec: { repoURL: dir } });
	await shows("checkout-api");
	await shoot(page, "1-catalog");
});

await step("1. an entity page lists what is missing", async () => {
	await go("/catalog/component/default/invoices");
	await shows("which is not in the catalog");
	await shows("No runbook");
	await page.getByRole("list", { name: "What it stands on" }).getByRole("link").first().waitFor();
	await shoot(page, "1-entity");
});

await step("1. Home says what is wrong in a source, in its words, until it is mended", async () => {
	const services = path.join(server.dir, "services");
	const twice = { apiVersion: "backstage.io/v1alpha1", kind: "Component", metadata: { name: "invoices" }, spec: { type: "service", lifecycle: "production", owner: "payments" } };
	fs.mkdirSync(path.join(services, "twice"));
	fs.writeFileSync(path.join(services, "twice/catalog-info.yaml"), JSON.stringify(twice));
	git(services, "add", "-A");
	git(services, "commit", "-qm", "Say it twice");
	await go("/");
	await shows("1 fault in 1 source");
	await shows("component:default/invoices is defined twice in this repository");
	git(services, "rm", "-q", "-r", "twice");
	git(services, "commit", "-qm", "Say it once");
	await until(async () => !(await text()).includes("1 fault in 1 source"), "the fault stayed");
});

await step("2. an Application is applied, and becomes Synced and Healthy", async () => {
	server.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }));
	apply({
		apiVersion: "argoproj.io/v1alpha1",
		kind: "Application",
		metadata: { name: "guestbook", namespace: "argocd" },
		spec: {
			project: "default",
			source: { repoURL: guestbook, path: ".", targetRevision: "main" },
			destination: { server: "https://kubernetes.default.svc", namespace: "guestbook" },
			syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
		},
	});
	await go("/applications/argocd/guestbook");
	await shows("Synced");
	await shows("Healthy");
	await page.locator(".react-flow__node").nth(3).waitFor();
	await shoot(page, "2-synced");
});

await step("2. a commit is rolled out, and the tree shows the new Pods", async () => {
	const file = path.join(guestbook, manifest);
	fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("replicas: 1", "replicas: 3"));
	git(guestbook, "commit", "-qam", "Three of them");
	await until(() => replicas() === "3 3", "the commit was not rolled out");
	await until(async () => (await page.locator(".react-flow__node").count()) >= 6, "the tree does not show three Pods");
	await shoot(page, "2-commit");
});

await step("2. a hand edit is put back", async () => {
	server.kubectl(["scale", "deployment", name, "-n", "guestbook", "--replicas=7"]);
	await until(() => replicas().startsWith("3 "), "the edit was not reverted");
});

await step("2. a deleted file is pruned, and leaves the tree", async () => {
	git(guestbook, "rm", "-q", serviceFile);
	git(guestbook, "commit", "-qm", "No service");
	await until(() => server.kubectl(["get", "service", name, "-n", "guestbook"]).code !== 0, "the Service was not pruned");
	await until(async () => !(await page.locator(".react-flow__nodes").innerText()).includes("Service"), "the tree still has the Service");
	await shoot(page, "2-pruned");
});

const rules = fs.readFileSync(path.join(root, "examples/40-policies.yaml"), "utf8");
const careless = path.join(root, "examples/tour/careless.yaml");
const messages = ["Image 'nginx:1.27' must be sourced from the internal registry", "Container 'careless' must declare resource limits"];

await step("3. the two rules refuse a careless Deployment with both messages", async () => {
	server.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }));
	const loaded = server.kubectl(["apply", "-f", "-"], rules.replace("enforcement: warn", "enforcement: deny"));
	assert(loaded.code === 0, loaded.out);
	const r = server.kubectl(["apply", "-f", careless]);
	assert(r.code !== 0, "it was let in");
	for (const m of messages) assert(r.out.includes(m), `not said: ${m}\n${r.out}`);
});

await step("3. in warn mode it comes in with warnings", async () => {
	const r = server.kubectl(["annotate", "configmap", "deployment-rules", "-n", "pave-system", "--overwrite", "pave.dev/enforcement=warn"]);
	assert(r.code === 0, r.out);
	const applied = server.kubectl(["apply", "-f", careless]);
	assert(applied.code === 0, applied.out);
	for (const m of messages) assert(applied.out.includes(`Warning: `) && applied.out.includes(m), `no warning: ${m}\n${applied.out}`);
});

await step("3. the portal lists who violates what", async () => {
	await go("/policies");
	await shows("deployment-rules");
	await shoot(page, "3-policies");
	await page.getByRole("tab", { name: /Violations/ }).click();
	await shows("careless");
	await shows("must declare resource limits");
	await shoot(page, "3-violations");
});

await step("3. a policy where none are read is not called enforced, on a phone either", async () => {
	apply({
		apiVersion: "v1",
		kind: "ConfigMap",
		metadata: { name: "stray", namespace: "default", labels: { "openpolicyagent.org/policy": "rego" }, annotations: { "pave.dev/enforcement": "deny" } },
		data: { "stray.rego": "package kubernetes.admission" },
	});
	const wide = page.viewportSize();
	await page.setViewportSize({ width: 390, height: 844 });
	await go("/policies");
	const row = page.getByRole("button", { name: "stray" });
	await row.getByText("Not read").waitFor();
	assert((await row.getByText("Deny", { exact: true }).count()) === 0, "it decides nothing, and is called Deny");
	await row.click();
	await shows("It decides nothing");
	await page.setViewportSize(wide);
	await go("/");
	await shows("straynot read");
});

await step("4. pave why gives the last plan, the difference and the reason", async () => {
	const r = server.why("application/guestbook");
	assert(r.code === 0, r.out);
	assert(/^application\S*guestbook: synced to commit/.test(r.out), r.out);
	for (const part of ["argocd-controller", "because: ", "No service", "delete  Service/guestbook", "did:"]) assert(r.out.includes(part), `"${part}" is not in:\n${r.out}`);
});

await step("4. so does the page", async () => {
	await go("/applications/argocd/guestbook");
	await page.getByRole("button", { name: "Why" }).click();
	await shows("argocd-controller");
	await shoot(page, "4-why");
});

await step("the pages broke no rule of their own", async () => {
	const real = page.faults.filter((f) => !f.includes("401"));
	assert(real.length === 0, real.join("\n"));
});

await close();
await step("the server stops when it is told", async () => {
	const code = await server.stop();
	assert(code === 0, `exit ${code}`);
});
done();
