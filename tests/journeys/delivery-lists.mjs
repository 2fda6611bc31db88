// Sets and projects of delivery, beside the list of applications: what makes applications and how far a rolling sync is,
// what a project permits, when it lets syncs happen and who is in it.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { assert, browser, done, git, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const axe = fs.readFileSync(createRequire(path.join(root, "web/package.json")).resolve("axe-core/axe.min.js"), "utf8");
const server = new Server();
await server.start();
const repo = path.join(server.dir, "repo");
git(server.dir, "init", "-q", "-b", "main", repo);
for (const name of ["red-dev", "red-prod", "blue-prod"]) {
	fs.mkdirSync(path.join(repo, "teams", name), { recursive: true });
	const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { of: name } };
	fs.writeFileSync(path.join(repo, "teams", name, "map.yaml"), JSON.stringify(map));
}
git(repo, "add", "-A");
git(repo, "commit", "-qm", "Teams");

const argo = (kind, name, spec) => ({ apiVersion: "argoproj.io/v1alpha1", kind, metadata: { name, namespace: "argocd" }, spec });
const where = { server: "https://kubernetes.default.svc", namespace: "default" };
const of = (env, more) => ({ matchExpressions: [{ key: "env", operator: "In", values: [env] }], ...more });
const template = {
	metadata: { name: "{{.path.basename}}", labels: { env: '{{ index (splitList "-" .path.basename) 1 }}' } },
	spec: { project: "teams", source: { repoURL: repo, path: "{{.path.path}}", targetRevision: "main" }, destination: where },
};
const set = argo("ApplicationSet", "teams", {
	goTemplate: true,
	generators: [{ git: { repoURL: repo, revision: "main", directories: [{ path: "teams/*" }] } }],
	strategy: { type: "RollingSync", rollingSync: { steps: [of("dev"), of("prod", { maxUpdate: 1 })] } },
	template,
});
const failing = argo("ApplicationSet", "failing", {
	goTemplate: true,
	generators: [{ matrix: { generators: [{ list: { elements: [{ region: "north" }] } }, { git: { repoURL: path.join(server.dir, "nowhere"), revision: "main", directories: [{ path: "*" }] } }] } }],
	template: { ...template, metadata: { name: "{{.region}}" } },
});
const project = argo("AppProject", "teams", {
	description: "What teams deploy",
	sourceRepos: [repo, "!https://git.example.com/secret"],
	destinations: [where],
	roles: [{ name: "deployer", policies: ["p, proj:teams:deployer, applications, sync, teams/*, allow"], groups: ["red"] }],
	syncWindows: [
		{ kind: "allow", schedule: "* * * * *", duration: "1h", applications: ["*"] },
		{ kind: "deny", schedule: "0 0 30 2 *", duration: "1h", applications: ["*-prod"], manualSync: true },
	],
});
const items = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }, project, set, failing];
const applied = server.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
assert(applied.code === 0, applied.out);

const { page, close } = await browser();
await signIn(page, server);
const tab = (name) => page.getByRole("tab", { name });
const sound = async (what) => {
	await page.evaluate(axe);
	const { violations } = await page.evaluate("axe.run(document, {resultTypes: ['violations']})");
	const bad = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
	assert(bad.length === 0, `${what}: ${bad.map((v) => `${v.id} ${v.nodes[0]?.target}`).join("; ")}`);
	const shift = await page.evaluate(`new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
	})`);
	assert(shift < 0.1, `${what}: what is read moves by ${shift}`);
	await shoot(page, what);
};

await step("sets stand beside applications, the one that fails first", async () => {
	await page.goto(`${server.url}/applications`);
	await page.getByRole("navigation", { name: "Lists of delivery" }).getByRole("link", { name: "Sets" }).click();
	await page.getByRole("link", { name: "teams", exact: true }).waitFor();
	const first = page.locator("tbody tr").first();
	await first.getByText("Degraded").waitFor();
	await first.getByText("List, Git directories").waitFor();
	await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Applications" }).and(page.locator("[aria-current=page]")).waitFor();
	await sound("sets");
});

await step("one that fails says why, and what it is made of", async () => {
	await page.locator("tbody").getByRole("link", { name: "failing" }).click();
	await page.getByRole("status").getByText(/nowhere/).first().waitFor();
	await page.getByText("It makes no applications now").waitFor();
	await tab("Generators").click();
	await page.getByRole("region", { name: /^Matrix/ }).getByRole("heading", { name: "List" }).waitFor();
	await page.getByText("region=north").waitFor();
	await sound("set-generators");
});

await step("a set lists its applications with their steps, and its steps with their applications", async () => {
	await page.goto(`${server.url}/applicationsets/argocd/teams`);
	await until(async () => (await page.locator("tbody tr").count()) === 3, "its three applications are not there");
	await page.locator("tbody tr", { hasText: "red-dev" }).getByText("Step 1, healthy").waitFor();
	await page.locator("tbody tr", { hasText: "blue-prod" }).getByText("Step 2, healthy").waitFor();
	await sound("set");
	await tab("Steps").click();
	const steps = page.getByRole("list", { name: "Steps" }).locator("> li");
	await steps.nth(0).getByText("1 of 1 application done, all at once").waitFor();
	await steps.nth(1).getByText("2 of 2 applications done, 1 at a time").waitFor();
	await sound("set-steps");
	await steps.nth(0).getByRole("link", { name: "red-dev" }).click();
	await page.waitForURL(/\/applications\/argocd\/red-dev/);
});

await step("what appears in Git appears in the set", async () => {
	await page.goto(`${server.url}/applicationsets/argocd/teams`);
	await page.locator("tbody tr").first().waitFor();
	fs.cpSync(path.join(repo, "teams/red-dev"), path.join(repo, "teams/green-dev"), { recursive: true });
	git(repo, "add", "-A");
	git(repo, "commit", "-qm", "Green");
	const refreshed = server.kubectl(["annotate", "applicationset", "teams", "-n", "argocd", "argocd.argoproj.io/application-set-refresh=true"]);
	assert(refreshed.code === 0, refreshed.out);
	await page.locator("tbody").getByRole("link", { name: "green-dev" }).waitFor();
});

await step("a project says what it permits, when, and to whom", async () => {
	await page.goto(`${server.url}/projects`);
	await page.locator("tbody").getByRole("link", { name: "teams" }).waitFor();
	await sound("projects");
	await page.locator("tbody").getByRole("link", { name: "teams" }).click();
	const repositories = page.getByRole("region", { name: "From these repositories" });
	await repositories.getByText(repo).waitFor();
	await repositories.getByText(/^not/).waitFor();
	await page.getByText("namespace default of this cluster").waitFor();
	await sound("project");
	await tab(/^Windows/).click();
	const windows = page.getByRole("list", { name: "Sync windows" }).locator("> li");
	await windows.nth(0).getByText("Allows syncs now").waitFor();
	await windows.nth(1).getByText("Denies syncs", { exact: true }).waitFor();
	await sound("project-windows");
	await tab(/^Roles/).click();
	const role = page.getByRole("list", { name: "Roles" }).locator("> li");
	await role.getByText("may sync applications (all)").waitFor();
	await role.getByText("red", { exact: true }).waitFor();
	await sound("project-roles");
	await tab(/^Applications/).click();
	await page.locator("tbody").getByRole("link", { name: "blue-prod" }).waitFor();
});

await step("all of it on a phone", async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	for (const at of ["applicationsets", "applicationsets/argocd/teams?tab=steps", "projects", "projects/argocd/teams?tab=windows"]) {
		await page.goto(`${server.url}/${at}`);
		await page.locator("main").locator("tbody a, ol[aria-label=Steps] a, ul[aria-label='Sync windows'] code").first().waitFor();
		assert(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `${at} scrolls sideways`);
		await shoot(page, `phone-${at.replaceAll(/\W+/g, "-")}`);
	}
});

await step("nothing of it is a fault of the page", async () => {
	assert(page.faults.length === 0, page.faults.join("\n"));
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
