// The portal shows policies of all three sorts beside one another.
import path from "node:path";
import { assert, browser, done, root, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
const policies = (file) => path.join(root, "tests/journeys/policies", file);
await server.start();
const { page, close } = await browser();

function kubectl(...args) {
	const { code, out } = server.kubectl(args);
	assert(code === 0, `kubectl ${args.join(" ")}: ${out}`);
	return out;
}

const row = (name) => page.locator(".mantine-Accordion-control").filter({ hasText: name });
const says = (name, text) => until(async () => (await row(name).innerText()).includes(text), `${name} never said "${text}"`, 30000);

await step("Rego, Gatekeeper and CEL stand in one list, with what breaks them", async () => {
	kubectl("create", "namespace", "shop");
	kubectl("create", "deployment", "web-infix", "-n", "shop", "--image=nginx", "--replicas=9");
	kubectl("apply", "-f", policies("templates.yaml"));
	await until(() => server.kubectl(["get", "noninfix"]).code === 0, "the constraints' kind is not served", 30000);
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

await step("a policy that nothing binds says so", async () => {
	kubectl("delete", "validatingadmissionpolicybinding", "few-replicas");
	await says("few-replicas", "Not bound");
});

await step("no page had a fault", () => assert(page.faults.length === 0, page.faults.join("\n")));
await close();
await step("the server stops", async () => assert((await server.stop()) === 0, "it did not stop well"));
done();
