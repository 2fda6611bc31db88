// A sync is looked at before it is made: what it changes, what admission would say to it, some of it left out.
// And what a container says is read where one looks at what runs it.
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, git, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();
const repo = path.join(server.dir, "repo");
git(server.dir, "init", "-q", "-b", "main", repo);
fs.mkdirSync(path.join(repo, "shop"));
const map = (name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { of: name } });
const labels = { app: "till" };
const till = {
	apiVersion: "apps/v1",
	kind: "Deployment",
	metadata: { name: "till" },
	spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "till", image: "example.org/till:1" }] } } },
};
for (const object of [map("prices"), map("frozen"), till])
	fs.writeFileSync(path.join(repo, "shop", `${object.metadata.name}.yaml`), JSON.stringify(object));
git(repo, "add", "-A");
git(repo, "commit", "-qm", "Shop");

const policies = "admissionregistration.k8s.io/v1";
const items = [
	{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } },
	{
		apiVersion: policies,
		kind: "ValidatingAdmissionPolicy",
		metadata: { name: "freeze" },
		spec: {
			matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] },
			validations: [{ expression: "object.metadata.name != 'frozen'", message: "frozen until January" }],
		},
	},
	{ apiVersion: policies, kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "freeze" }, spec: { policyName: "freeze", validationActions: ["Deny"] } },
	{
		apiVersion: "argoproj.io/v1alpha1",
		kind: "Application",
		metadata: { name: "shop", namespace: "argocd" },
		spec: {
			project: "default",
			source: { repoURL: repo, path: "shop", targetRevision: "main" },
			destination: { server: "https://kubernetes.default.svc", namespace: "default" },
		},
	},
];
const applied = server.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
assert(applied.code === 0, applied.out);
// The policy counts from a moment on.
await until(() => {
	const tried = server.kubectl(["create", "--dry-run=server", "-f", "-"], JSON.stringify(map("frozen")));
	return tried.code !== 0 && tried.out.includes("frozen until January");
}, "the policy does not refuse");
const there = (kind, name) => server.kubectl(["get", kind, name, "-n", "default", "--ignore-not-found", "-o", "name"]).out.trim() !== "";

const { page, close } = await browser();
await signIn(page, server);
const dialog = page.getByRole("dialog");
const result = dialog.getByRole("status");

await step("trying says what would be refused, by whom and why, and applies nothing", async () => {
	await page.goto(`${server.url}/applications/argocd/shop?do=sync`);
	await dialog.getByText("3 objects will change").waitFor();
	await dialog.getByRole("button", { name: "Try" }).click();
	await result.getByText(/1 of 3 objects would be refused/).waitFor();
	const first = result.locator("li").first();
	await first.getByText(/ConfigMap\/frozen/).waitFor();
	await first.getByText(/frozen until January/).waitFor();
	await shoot(page, "sync-tried");
	for (const [kind, name] of [["configmap", "prices"], ["configmap", "frozen"], ["deployment", "till"]]) assert(!there(kind, name), `${kind}/${name} was applied`);
	assert(!/Last sync failed/.test(await page.locator("main").innerText()), "a trial is called a sync that failed");
});

await step("what is left out is not synced, and what was said of another choice goes", async () => {
	await dialog.getByRole("checkbox", { name: "Sync ConfigMap frozen" }).uncheck();
	await result.waitFor({ state: "detached" });
	await dialog.getByText("2 objects will change. Of a sync of some objects no hooks run.").waitFor();
	await dialog.getByRole("button", { name: "Try" }).click();
	await result.getByText("2 objects would be accepted.").waitFor();
	await dialog.getByRole("button", { name: "Sync", exact: true }).click();
	await dialog.waitFor({ state: "detached" });
	await until(() => there("configmap", "prices") && there("deployment", "till"), "what was chosen is not there");
	assert(!there("configmap", "frozen"), "what was left out was applied");
});

await step("a sync of nothing is not offered", async () => {
	await page.goto(`${server.url}/applications/argocd/shop?do=sync`);
	await dialog.getByText("1 object will change").waitFor();
	await dialog.getByRole("checkbox", { name: "Sync ConfigMap frozen" }).uncheck();
	assert(await dialog.getByRole("button", { name: "Sync", exact: true }).isDisabled(), "nothing can be synced");
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" });
});

await step("what its pods say is read beside the tree, and on the object's own page", async () => {
	const node = encodeURIComponent("apps/Deployment/default/till");
	await page.goto(`${server.url}/applications/argocd/shop?look=list&node=${node}`);
	await page.getByRole("tab", { name: "Logs" }).click();
	const log = page.getByRole("region", { name: /^Log of till-/ });
	await log.getByText(/container "till"/).waitFor();
	await shoot(page, "logs-panel");
	await page.getByRole("textbox", { name: "Filter lines" }).fill("nobody says this");
	await page.getByText("0 lines").waitFor();
	await page.goto(`${server.url}/objects/apps/v1/Deployment/default/till?tab=logs`);
	await log.getByText(/container "till"/).waitFor();
	await shoot(page, "logs");
});

await step("nothing of it is a fault of the page", async () => {
	assert(page.faults.length === 0, page.faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
