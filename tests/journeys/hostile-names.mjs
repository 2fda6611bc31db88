// What strangers wrote (entities, manifests, commits, policies) carries markup and script: on no page of the portal
// does any of it run, become an element, or make the browser report that the Content-Security-Policy stopped it.
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, git, Server, signIn, step, until } from "./_portal.mjs";

const evil = `"'><img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload=window.pwned=1>`;
const server = new Server();
await server.start();
const { page, close } = await browser();
await page.addInitScript(() => {
	window.pwned = 0;
	document.addEventListener("securitypolicyviolation", (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`));
});

const entity = {
	apiVersion: "backstage.io/v1alpha1",
	kind: "Component",
	metadata: {
		name: "hostile",
		title: `Hostile ${evil}`,
		description: `Described ${evil}`,
		annotations: {
			"pave.dev/runbook": "javascript:window.pwned=1",
			"backstage.io/source-location": "url:javascript:window.pwned=1",
			"backstage.io/view-url": "javascript:window.pwned=1",
			"backstage.io/edit-url": "data:text/html,<script>window.pwned=1</script>",
			"argocd/app-name": "hostile",
			note: evil,
		},
		labels: { label: "value" },
		links: [
			{ url: "javascript:window.pwned=1", title: `Script ${evil}` },
			{ url: "data:text/html,<script>opener.pwned=1</script>", title: "Data" },
			{ url: "https://example.org/%22%3E%3Cscript%3E", title: evil, icon: evil, type: evil },
		],
		tags: ["tag"],
	},
	spec: { type: evil, lifecycle: evil, owner: "group:default/nobody" },
};
const group = {
	apiVersion: "backstage.io/v1alpha1",
	kind: "User",
	metadata: { name: "hostile" },
	spec: { profile: { displayName: evil, email: evil, picture: "javascript:window.pwned=1" }, memberOf: [] },
};
const api = {
	apiVersion: "backstage.io/v1alpha1",
	kind: "API",
	metadata: { name: "hostile", description: evil },
	spec: { type: "openapi", lifecycle: "production", owner: "user:default/hostile", definition: `<html>${evil}` },
};
const config = {
	apiVersion: "v1",
	kind: "ConfigMap",
	metadata: { name: "hostile", annotations: { note: evil, "link.argocd.argoproj.io/external-link": "javascript:window.pwned=1" } },
	data: { text: evil },
};
const policy = {
	apiVersion: "v1",
	kind: "ConfigMap",
	metadata: {
		name: "hostile",
		namespace: "pave-system",
		labels: { "openpolicyagent.org/policy": "rego" },
		annotations: { "pave.dev/enforcement": "warn" },
	},
	data: { "p.rego": `package kubernetes.admission\nimport rego.v1\ndeny contains msg if {\n  input.request.kind.kind == "ConfigMap"\n  msg := ${JSON.stringify(evil)}\n}\n` },
};
const event = {
	apiVersion: "v1",
	kind: "Event",
	metadata: { name: "hostile", namespace: "default" },
	involvedObject: { apiVersion: "v1", kind: "ConfigMap", name: "hostile", namespace: "default" },
	type: "Warning",
	reason: "Hostile",
	message: evil,
	source: { component: evil },
};

const repo = path.join(server.dir, "repo");
const application = {
	apiVersion: "argoproj.io/v1alpha1",
	kind: "Application",
	metadata: { name: "hostile", namespace: "default", annotations: { "link.argocd.argoproj.io/x": "javascript:window.pwned=1" } },
	spec: {
		project: "default",
		source: { repoURL: repo, path: "deploy", targetRevision: "main" },
		destination: { server: "https://kubernetes.default.svc", namespace: "default" },
		syncPolicy: { automated: {} },
		info: [{ name: evil, value: "javascript:window.pwned=1" }],
	},
};

async function visit(where, wanted) {
	page.faults.length = 0;
	await page.goto(`${server.url}${where}`);
	const text = () => page.locator("main").innerText();
	await until(async () => (await text()).includes(wanted), `${where} never showed ${wanted}`).catch(async (e) => {
		throw new Error(`${e.message}: ${await text()}`);
	});
	const seen = await page.evaluate(() => ({
		pwned: window.pwned,
		made: document.querySelectorAll('img[src="x"], svg[onload], [onerror], main script').length,
		links: [...document.querySelectorAll("a[href], area[href], form[action], iframe[src]")]
			.map((a) => a.getAttribute("href") ?? a.getAttribute("action") ?? a.getAttribute("src"))
			.filter((u) => /^\s*(javascript|data|vbscript):/i.test(u)),
	}));
	assert(!seen.pwned, `script ran on ${where}`);
	assert(seen.made === 0, `markup became elements on ${where}`);
	assert(seen.links.length === 0, `${where} links to ${seen.links}`);
	const told = page.faults.filter((f) => /CSP|Content.Security.Policy/i.test(f));
	assert(told.length === 0, `${where}: ${told}`);
}

await step("what is hostile is taken in", async () => {
	fs.mkdirSync(path.join(repo, "deploy"), { recursive: true });
	fs.writeFileSync(path.join(repo, "deploy/config.json"), JSON.stringify(config));
	git(server.dir, "init", "-q", "-b", "main", repo);
	git(repo, "add", ".");
	git(repo, "-c", "user.name=<script>window.pwned=1", "commit", "-qm", `Commit ${evil}`, "--author", `O'${evil.replace(/[<>]/g, "")} <a@example.org>`);
	for (const object of [policy, entity, group, api, application, event]) {
		const made = server.kubectl(["apply", "-n", object.metadata.namespace ?? "default", "-f", "-"], JSON.stringify(object));
		assert(made.code === 0, `${object.kind}: ${made.out}`);
	}
	await until(() => server.kubectl(["get", "configmap", "hostile"]).code === 0, "the Application was never synced");
	await signIn(page, server);
});

for (const [where, wanted] of [
	["/", "hostile"],
	["/catalog", "Hostile"],
	["/catalog/component/default/hostile", "Described"],
	["/catalog/user/default/hostile", "onerror"],
	["/catalog/api/default/hostile", "onerror"],
	["/applications", "hostile"],
	["/applications/default/hostile", "hostile"],
	["/applications/default/hostile?tab=history", "in place now"],
	["/applications/default/hostile?tab=details", "hostile"],
	["/applications/default/hostile?tab=events", "hostile"],
	["/policies", "hostile"],
	["/policies?tab=violations", "onerror"],
	["/workloads", ""],
	["/objects/core/v1/ConfigMap/default/hostile", "hostile"],
	["/objects/core/v1/ConfigMap/default/hostile?tab=events", "onerror"],
	["/objects/core/v1/ConfigMap/default/hostile?tab=yaml", "Show managedFields"],
	["/settings", ""],
	[`/${encodeURIComponent(evil)}`, ""],
	[`/catalog?q=${encodeURIComponent(evil)}`, ""],
])
	await step(`nothing runs at ${where.slice(0, 60)}`, () => visit(where, wanted));

await close();
await server.stop();
done();
