// The portal shows policies of all three sorts beside one another, and a rollout of them from audit to enforce,
// by a clock that is set and not waited for.
import path from "node:path";
import { assert, browser, done, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
const policies = (file) => path.join(root, "tests/journeys/policies", file);
if (!server.fakeClock()) {
	console.log("1..0 # SKIP no libfaketime (tools/setup installs it)");
	process.exit(0);
}
await server.start();
const { page, close } = await browser();

function kubectl(...args) {
	const { code, out } = server.kubectl(args);
	assert(code === 0, `kubectl ${args.join(" ")}: ${out}`);
	return out;
}

const labels = { app: "db" };
const spec = {
	serviceName: "db",
	selector: { matchLabels: labels },
	template: { metadata: { labels }, spec: { containers: [{ name: "db", image: "db:1" }] } },
};
const allKinds = JSON.stringify({
	spec: { match: { kinds: [{ apiGroups: ["apps"], kinds: ["Deployment", "StatefulSet"] }] } },
});
const row = (name) => page.locator(".mantine-Accordion-control").filter({ hasText: name });
const says = (name, text) => until(async () => (await row(name).innerText()).includes(text), `${name} never said "${text}"`);

await step("Rego, Gatekeeper and CEL stand in one list, with what breaks them", async () => {
	kubectl("create", "namespace", "shop");
	kubectl("create", "deployment", "web-infix", "-n", "shop", "--image=nginx", "--replicas=9");
	kubectl("create", "namespace", "shop-staging");
	kubectl("apply", "-f", policies("templates.yaml"));
	await until(() => server.kubectl(["get", "noninfix"]).code === 0, "the constraints' kind is not served");
	kubectl("apply", "-f", policies("policies.yaml"));
	await signIn(page, server);
	await page.goto(`${server.url}/policies`);
	for (const [name, sort] of [
		["no-latest", "Rego"],
		["no-infix", "Gatekeeper · NonInfix"],
		["few-replicas", "CEL"],
	]) {
		await says(name, sort);
		await says(name, "Deny");
		await says(name, "Loaded");
		await says(name, "1 violation");
	}
	await shoot(page, "policies");
});

await step("a change of a constraint is seen without a reload", async () => {
	kubectl("patch", "noninfix", "no-infix", "--type=merge", "-p", '{"spec":{"enforcementAction":"dryrun"}}');
	await says("no-infix", "Audit");
	await row("no-infix").click();
	await until(async () => (await page.locator("main").innerText()).includes("If it were enforced now"), "it does not say what would be");
	const next = await page.getByText("kubectl patch noninfix").innerText();
	assert(next.includes('"enforcementAction":"warn"'), next);
	kubectl("patch", "noninfix", "no-infix", "--type=merge", "-p", '{"spec":{"enforcementAction":"deny"}}');
	await says("no-infix", "Deny");
});

await step("what is written is judged, and seen, without a reload", async () => {
	const db = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db-infix", namespace: "shop" }, spec };
	assert(server.kubectl(["apply", "-f", "-"], JSON.stringify(db)).code === 0, "no StatefulSet");
	kubectl("patch", "noninfix", "no-infix", "--type=merge", "-p", allKinds);
	await says("no-infix", "2 violations");
	kubectl("delete", "statefulset", "db-infix", "-n", "shop");
	await says("no-infix", "1 violation");
});

await step("another product's CRDs of reports take nothing of it away", async () => {
	kubectl("apply", "-f", policies("report-crds.yaml"));
	for (const plural of ["policyreports", "clusterpolicyreports"])
		kubectl("wait", `crd/${plural}.wgpolicyk8s.io`, "--for=condition=Established", "--timeout=600s");
	assert(kubectl("get", "policyreports,clusterpolicyreports", "-A").includes("No resources found"), "they are not the product's");
	kubectl("patch", "noninfix", "no-infix", "--type=merge", "-p", '{"spec":{"enforcementAction":"dryrun"}}');
	await page.reload();
	for (const name of ["no-latest", "no-infix", "few-replicas"]) await says(name, "1 violation");
	await says("no-infix", "Audit");
	await shoot(page, "policies-report-crds");
	kubectl("patch", "noninfix", "no-infix", "--type=merge", "-p", '{"spec":{"enforcementAction":"deny"}}');
	await says("no-infix", "Deny");
});

const environment = (name) => page.getByRole("region", { name: "strict" }).getByRole("listitem", { name, exact: true });
const stage = async (name) => (await environment(name).locator("[aria-current=step]").innerText()).trim();
const reaches = (name, wanted) => until(async () => (await stage(name)) === wanted, `${name} never came to ${wanted}`);
const shows = (name, text) => until(async () => (await environment(name).innerText()).includes(text), `${name} never showed "${text}"`);
const deploy = (name, namespace, image = "nginx") =>
	server.kubectl(["create", "deployment", name, "-n", namespace, `--image=${image}`]);
const judging = (expression) => JSON.stringify({ spec: { validations: [{ expression, message: "at most 5 replicas" }] } });
const erring = judging("object.metadata.labels['of-none'] == 'x'");
const mended = judging("object.spec.replicas <= 5");
const approved = '[{"op":"add","path":"/spec/approvals/-","value":{"environment":"production","stage":"Enforce","by":"admin"}}]';
let looked = 0;

/** Sets the clock, has it looked at, and signs in anew: sessions do not last for weeks. */
async function passes(days) {
	await page.goto("about:blank"); // else it asks in a session that is over
	server.setClock(`+${days}d`);
	kubectl("annotate", "policyrollout", "strict", "--overwrite", `looked=${++looked}`);
	await page.goto(server.signInLink());
	await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
	await page.goto(`${server.url}/policies?tab=rollouts`);
}

await step("a rollout begins with audit, and says who would be refused today", async () => {
	kubectl("apply", "-f", policies("rollout.yaml"));
	const made = server.kubectl(["create", "deployment", "web-infix", "-n", "shop-staging", "--image=nginx", "--replicas=9"]);
	assert(made.code === 0, made.out);
	await page.goto(`${server.url}/policies?tab=rollouts`);
	await reaches("staging", "Audit");
	await reaches("production", "Audit");
	await shows("staging", "3 violations would be refused today, none may be left");
	await environment("staging").locator("summary").click();
	await shows("staging", "Image 'nginx' has no tag");
	const times = await environment("staging").locator("time").count();
	assert(times === 3, `since, earliest and enforced from: ${times} times`);
	await shoot(page, "rollout-audit");
});

await step("the list of policies says from when each refuses", async () => {
	await page.goto(`${server.url}/policies`);
	await says("no-infix", "staging only lists, refuses in ");
	await says("no-infix", "production only lists, refuses in ");
	await says("no-infix", "elsewhere refuses"); // no environment is everything
	await says("no-infix", "Deny");
	assert(deploy("web-infix", "default").out.includes("is not a name"), "it does not refuse elsewhere");
	await shoot(page, "rollout-policies");
	await page.goto(`${server.url}/objects/apps/v1/Deployment/default/web-infix`);
	const why = page.getByRole("region", { name: "Why it is not there" });
	await why.getByText("is not a name").first().waitFor();
	await page.goto(`${server.url}/policies?tab=rollouts`);
});

await step("a week later it warns", async () => {
	await passes(8);
	await reaches("staging", "Warn");
	await reaches("production", "Warn");
});

await step("owners are told: where they look, and when they write", async () => {
	await page.goto(`${server.url}/objects/apps/v1/Deployment/shop/web-infix?tab=events`);
	const told = page.locator("main").getByText("PolicyWillRefuse").first();
	await told.waitFor();
	await page.getByText(/no-infix.*is not a name/).first().waitFor();
	const warned = server.kubectl(["annotate", "deployment", "web-infix", "-n", "shop", "looked=at"]);
	assert(warned.code === 0 && /Warning: .*web-infix is not a name \(to be refused from/.test(warned.out), warned.out);
	await page.goto(`${server.url}/policies`);
	await says("no-infix", "production warns, refuses in ");
	await page.goto(`${server.url}/policies?tab=rollouts`);
});

await step("a component's page says what will block it, and when", async () => {
	const component = {
		apiVersion: "backstage.io/v1alpha1",
		kind: "Component",
		metadata: { name: "web", namespace: "default", annotations: { "backstage.io/kubernetes-id": "web" } },
		spec: { type: "service", lifecycle: "production", owner: "group:default/shop" },
	};
	const made = server.kubectl(["apply", "-f", "-"], JSON.stringify(component));
	assert(made.code === 0, made.out);
	kubectl("label", "deployment", "web-infix", "-n", "shop", "backstage.io/kubernetes-id=web");
	await page.goto(`${server.url}/catalog/component/default/web`);
	const card = page.getByRole("region", { name: "What will block it" });
	await until(async () => (await card.getByRole("listitem").count()) === 3, "not all three are told of");
	await until(async () => (await card.locator("time").count()) === 3, `not all have a time: ${await card.innerText()}`);
	assert((await card.innerText()).includes("by rollout strict"), await card.innerText());
	await shoot(page, "rollout-entity");
});

await step("so does the object's own page, and what an exemption lets in until its end", async () => {
	const exemption = {
		apiVersion: "governance.pave.dev/v1alpha1",
		kind: "PolicyExemption",
		metadata: { name: "old-web" },
		spec: {
			policies: [{ kind: "NonInfix", name: "*" }],
			objects: { namespaces: ["shop"], kinds: ["Deployment"], names: ["web-infix"] },
			until: new Date(Date.now() + 300 * 86400e3).toISOString(),
			reason: "it is renamed with the next release",
			person: "mara@example.com",
			approvedBy: "admin",
		},
	};
	const made = server.kubectl(["apply", "-f", "-"], JSON.stringify(exemption));
	assert(made.code === 0, made.out);
	await page.goto(`${server.url}/objects/apps/v1/Deployment/shop/web-infix`);
	const card = page.getByRole("region", { name: "What will block it" });
	await until(async () => /It is renamed with the next release \(for mara@example.com, approved by admin\)/.test(await card.innerText()), "its exemption is not told");
	assert((await card.getByRole("listitem").count()) === 3, await card.innerText());
	assert((await card.innerText()).includes("by rollout strict"), await card.innerText());
	await shoot(page, "rollout-object");
});

await step("exemptions stand in a list: what ends next, whose it is, what it covers", async () => {
	await page.goto(`${server.url}/policies?tab=exemptions`);
	const found = page.locator("tbody tr").filter({ hasText: "old-web" });
	await until(async () => (await found.innerText()).includes("1 violation"), "it covers nothing");
	const text = await found.innerText();
	for (const wanted of ["Holds", "Deployments web-infix in shop", "mara@example.com", "approved by admin"])
		assert(text.includes(wanted), `no "${wanted}": ${text}`);
	await shoot(page, "exemptions");
	kubectl("delete", "policyexemption", "old-web");
	await page.getByText("No exemptions").waitFor();
});

await step("Home says what will be refused, and leads to it", async () => {
	await page.goto(server.url);
	const row = page.getByRole("listitem").filter({ hasText: "Changes of 2 objects will be refused" });
	await row.waitFor();
	await row.getByRole("link", { name: "strict" }).click();
	await page.locator("tbody tr").first().waitFor();
	assert(page.url().includes("rollout=strict"), page.url());
	await shoot(page, "rollout-violations");
});

await step("four weeks later a closed gate keeps it, until what violates is mended", async () => {
	await passes(40);
	await shows("staging", "3 violations left, at most 0 may be");
	await page.goto(`${server.url}/policies`);
	await says("no-infix", "production warns, refuses once its gate opens");
	await page.goto(`${server.url}/policies?tab=rollouts`);
	kubectl("delete", "deployment", "-n", "shop-staging", "--all");
	await reaches("staging", "Enforce");
	await page.goto(`${server.url}/policies`);
	await says("no-infix", "staging refuses · production warns");
	await page.goto(`${server.url}/policies?tab=rollouts`);
	assert(deploy("web", "shop-staging").out.includes("has no tag"), "staging does not refuse");
	assert((await stage("production")) === "Warn", "production went on, too");
	await shoot(page, "rollout-warn");
});

await step("what cannot be evaluated is never enforced, whoever approves", async () => {
	kubectl("delete", "deployment", "-n", "shop", "--all");
	await shows("production", "Nothing would be refused today");
	kubectl("patch", "validatingadmissionpolicy", "few-replicas", "--type=merge", "-p", erring);
	assert(deploy("fine", "shop", "nginx:1").code === 0, "a rollout at Warn refused");
	await shows("production", "A policy cannot be evaluated");
	kubectl("patch", "policyrollout", "strict", "--type=json", "-p", approved);
	await shows("production", "1 fault of policies");
	assert((await stage("production")) === "Warn", "it was enforced");
	kubectl("patch", "policyrollout", "strict", "--type=json", "-p", '[{"op":"remove","path":"/spec/approvals/4"}]');
	kubectl("patch", "validatingadmissionpolicy", "few-replicas", "--type=merge", "-p", mended);
	await shows("production", "Nothing would be refused today");
});

await step("production asks for an approval, which is given here", async () => {
	await shows("production", "Approval of Enforce");
	await environment("production").getByRole("button", { name: "Approve Enforce" }).click();
	await reaches("production", "Enforce");
	const by = kubectl("get", "policyrollout", "strict", "-o", "jsonpath={.spec.approvals[*].by}");
	assert(by.split(" ").length === 5, `the approvals are by ${by}`);
	assert(deploy("web", "shop").out.includes("has no tag"), "production does not refuse");
	await page.getByText("What happened").click();
	await page.getByText("Production came to Enforce, approved by admin").waitFor();
});

await step("it is rolled back where somebody says so, with the reason", async () => {
	await page.getByRole("button", { name: "Roll back" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("staging").uncheck();
	await dialog.getByLabel("Why").fill("too many were refused");
	await dialog.getByRole("button", { name: "Roll back" }).click();
	await reaches("production", "Warn");
	assert((await stage("staging")) === "Enforce", "staging was rolled back, too");
	await until(async () => (await page.locator("main").innerText()).includes("Back at Warn: too many were refused"), "no reason is shown");
	assert(deploy("web", "shop").code === 0, "production still refuses");
	await shoot(page, "rollout-back");
});

await step("it goes on, and is paused", async () => {
	await page.getByRole("button", { name: "Let it go on" }).click();
	await shows("production", "Approval of Enforce");
	await page.getByRole("button", { name: "Pause" }).click();
	await shows("production", "Paused");
	await page.getByRole("button", { name: "Resume" }).waitFor();
});

await step("who may only look is offered nothing", async () => {
	kubectl("create", "serviceaccount", "dev", "-n", "shop");
	kubectl("create", "clusterrole", "looks", "--verb=get,list,watch", "--resource=policyrollouts.governance.pave.dev");
	kubectl("create", "clusterrolebinding", "looks", "--clusterrole=looks", "--serviceaccount=shop:dev");
	const token = kubectl("create", "token", "dev", "-n", "shop").trim();
	await page.context().clearCookies();
	const answer = await page.context().request.post(`${server.url}/portal/session`, { data: { token }, headers: { "X-Pave-Portal": "1" } });
	assert(answer.ok(), `sign-in: ${answer.status()}`);
	await page.goto(`${server.url}/policies?tab=rollouts`);
	await reaches("production", "Warn");
	const offered = await page.locator("main").getByRole("button", { name: /Pause|Resume|Roll back|Approve/ }).count();
	assert(offered === 0, `${offered} buttons`);
});

await step("no page had a fault", () => assert(page.faults.length === 0, page.faults.join("\n")));
await close();
await step("the server stops", async () => assert((await server.stop()) === 0, "it did not stop well"));
done();
