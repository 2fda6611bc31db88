// Somebody with a role in one namespace uses the portal: every page shows what is there, says calmly
// what is not shown, and offers nobody to fill a catalog that is full.  And a link to nowhere.
import path from "node:path";
import { assert, browser, done, root, Server, shoot, step, until } from "./_portal.mjs";

const server = new Server();
await server.start("--example", path.join(root, "examples"));
const { page, close } = await browser();
const text = async () => (await page.locator("main").innerText()).replaceAll("\n", " ");
const shows = (what) => until(async () => (await text()).includes(what), `the page never showed "${what}"`);
const hides = async (what) => assert(!(await text()).includes(what), `the page shows "${what}"`);

async function signIn() {
	const made = server.kubectl(["create", "serviceaccount", "dev", "-n", "billing"]);
	assert(made.code === 0, made.out);
	const bound = server.kubectl(["create", "rolebinding", "dev", "-n", "billing", "--clusterrole=view", "--serviceaccount=billing:dev"]);
	assert(bound.code === 0, bound.out);
	const token = server.kubectl(["create", "token", "dev", "-n", "billing"]).out.trim();
	const answer = await page.context().request.post(`${server.url}/portal/session`, {
		data: { token },
		headers: { "X-Pave-Portal": "1" },
	});
	assert(answer.ok(), `sign-in: ${answer.status()}`);
}

await step("a role in one namespace signs in", async () => {
	await until(() => server.kubectl(["get", "pods", "-n", "billing", "-o", "name"]).out.includes("pod/"), "nothing runs in billing");
	await signIn();
});

await step("Home says what is shown, and does not call it empty", async () => {
	await page.goto(server.url);
	await shows("You see what is in namespace billing.");
	await hides("Fill the catalog");
	await hides("All applications are healthy");
});

await step("Home shows how their workloads are, and which fail", async () => {
	await hides("No applications");
	const bad = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "dunning", annotations: {} } };
	bad.spec = {
		selector: { matchLabels: { app: "dunning" } },
		template: {
			metadata: { labels: { app: "dunning" }, annotations: { "pave.dev/simulate": "crash" } },
			spec: { containers: [{ name: "app", image: "registry.internal.company.com/dunning:1", resources: { limits: { cpu: "1", memory: "1Gi" } } }] },
		},
	};
	const made = server.kubectl(["apply", "-n", "billing", "-f", "-"], JSON.stringify(bad));
	assert(made.code === 0, made.out);
	const row = page.getByRole("region", { name: "Needs attention" }).getByRole("listitem").filter({ hasText: "Deployment/dunning" });
	await until(async () => (await row.count()) === 1, "Home never showed the workload that crashes");
	await until(async () => /CrashLoopBackOff|Error/.test(await row.innerText()), "it does not say what its pods say");
	await shows("Recent events");
	await shoot(page, "rights-home");
	await page.getByRole("list", { name: "Workloads" }).getByRole("link", { name: "Failing" }).click();
	await until(async () => (await page.locator("tbody tr:not([aria-hidden])").count()) > 0, "the figure leads to no workload");
});

await step("a role that comes later is seen without a reload, one that is revoked is not", async () => {
	await page.goto(server.url);
	await shows("You see what is in namespace billing.");
	const bound = server.kubectl(["create", "rolebinding", "dev", "-n", "shop", "--clusterrole=view", "--serviceaccount=billing:dev"]);
	assert(bound.code === 0, bound.out);
	await shows("You see what is in namespaces billing and shop.");
	const gone = server.kubectl(["delete", "rolebinding", "dev", "-n", "shop"]);
	assert(gone.code === 0, gone.out);
	await shows("You see what is in namespace billing.");
});

await step("Workloads are those of the namespace; nodes are named as not permitted", async () => {
	await page.goto(`${server.url}/workloads`);
	await shows("Not permitted: nodes.");
	await until(async () => (await page.locator("tbody tr:not([aria-hidden])").count()) > 1, "no workload is listed");
	const elsewhere = await page.evaluate(() => [...document.querySelectorAll("tbody a")].map((a) => a.pathname).filter((p) => !p.includes("/billing/")));
	assert(elsewhere.length === 0, `links elsewhere: ${elsewhere}`);
	await page.locator("summary").click();
	await shows("nodes is forbidden");
	await shoot(page, "rights-workloads");
});

await step("the catalog and the applications say where they looked", async () => {
	for (const at of ["catalog", "applications"]) {
		await page.goto(`${server.url}/${at}`);
		await shows("in namespace billing");
		await hides("kubectl apply");
		const lies = { catalog: "default", applications: "argocd" }[at];
		await shows(`kubectl create rolebinding view-dev -n ${lies}`);
		await shows("--clusterrole=view --serviceaccount=billing:dev");
		await shoot(page, `rights-${at}`);
	}
});

await step("policies are refused, what breaks them here is listed", async () => {
	await page.goto(`${server.url}/policies`);
	await shows("You have no right to read policies");
	await shows("kubectl create rolebinding view-dev -n pave-system");
	await shows("violations of objects without a namespace");
	await page.getByRole("tab", { name: /Violations/ }).click();
	await hides("forbidden");
	await shoot(page, "rights-policies");
});

await step("none of these pages asked for what is refused: a browser would log it as a fault", async () => {
	assert(page.faults.length === 0, page.faults.join("\n"));
});

await step("a Deployment that is stuck leads to the pod that crashes, and to what is said of it", async () => {
	await page.goto(`${server.url}/objects/apps/v1/Deployment/billing/dunning`);
	const pods = page.getByRole("region", { name: "Pods" });
	await until(async () => /CrashLoopBackOff|Error/.test(await pods.innerText()), "its pods do not say why");
	await page.getByRole("region", { name: "Latest events" }).getByText("BackOff").first().waitFor();
	await shoot(page, "rights-stuck");
	await pods.getByRole("link").first().click();
	await page.waitForURL(/\/objects\/core\/v1\/Pod\/billing\/dunning-/);
});

await step("an object of another namespace is refused, not called missing", async () => {
	await page.goto(`${server.url}/objects/core/v1/ConfigMap/default/kube-root-ca.crt`);
	await shows("You have no right to read");
	await page.goto(`${server.url}/applications/argocd/checkout-api`);
	await shows("You have no right to read");
});

await step("an object names the application that made it, though that may not be read", async () => {
	const made = JSON.parse(server.kubectl(["get", "deployments", "-n", "billing", "-o", "json"]).out).items;
	const tracked = made.find((d) => d.metadata.annotations?.["argocd.argoproj.io/tracking-id"]);
	const app = tracked.metadata.annotations["argocd.argoproj.io/tracking-id"].split(":")[0];
	await page.goto(`${server.url}/objects/apps/v1/Deployment/billing/${tracked.metadata.name}`);
	await page.locator(`main ol a[href="/applications/argocd/${app}"]`).waitFor();
	await hides("Nobody owns it");
	await shows("Application in argocd, which you may not read");
	await page.goto(`${server.url}/objects/apps/v1/Deployment/billing/dunning`);
	await shows("no application that you may read has it");
});

await step("what is refused comes with the commands that grant it", async () => {
	await page.goto(`${server.url}/settings`);
	await shows("kubectl create clusterrolebinding read-catalogsources --clusterrole=read-catalogsources --user=system:serviceaccount:billing:dev");
	await shoot(page, "rights-settings");
});

await step("nothing of it is a fault of the page", async () => {
	const faults = page.faults.filter((f) => !f.includes("403"));
	assert(faults.length === 0, faults.join("\n"));
});

await step("a link to nowhere is a page with a way back, and 404", async () => {
	const answer = await page.goto(`${server.url}/nowhere/at-all`);
	assert(answer.status() === 404, `answered ${answer.status()}`);
	await shows("There is no page at this address");
	await shoot(page, "nowhere");
	await page.getByRole("link", { name: "Go to Home" }).click();
	await shows("You see what is in namespace billing.");
});

await close();
const code = await server.stop();
await step("the server stops cleanly", async () => assert(code === 0, `exit ${code}`));
done();
