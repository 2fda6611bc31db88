// Open Policy Agent's own client library for JavaScript, unmodified, against `pave rego run --server`.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { HTTPClient } from "@open-policy-agent/opa/lib/http.js";
import { OPAClient } from "@open-policy-agent/opa";
import { OpaApiClient } from "@open-policy-agent/opa/sdk/sdk.js";
import { assert, done, root, step } from "./_portal.mjs";

const pave = path.resolve(root, process.env.PAVE || "build/release/pave");
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pave-opa-"));
fs.writeFileSync(
	path.join(dir, "app.rego"),
	`package app

default allow := false

allow if input.user == data.admins[_]

greeting := {"text": sprintf("hello %v", [input.user])}

clash := 1 if input.user
clash := 2 if input.user == "ann"
`,
);
fs.writeFileSync(path.join(dir, "main.rego"), `package system

main := {"allowed": input.user == "ann"}
`);
fs.writeFileSync(path.join(dir, "authz.rego"), `package system.authz

default allow := false

allow if input.identity == "t0ken"
`);
fs.writeFileSync(path.join(dir, "rows.rego"), `package rows

include if input.tickets.owner == input.user

never if input.user == "nobody"

every_row if input.user == "ann"

masks := {"tickets": {"title": {"replace": {"value": "***"}}}}
`);
fs.writeFileSync(path.join(dir, "data.json"), JSON.stringify({ admins: ["ann", "bob"] }));

const server = spawn(pave, ["rego", "run", "--server", "--addr", "localhost:0", "--authentication", "token", "--authorization", "basic", "--set", "status.console=false", "."], {
	cwd: dir,
	stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve, reject) => {
	server.stdout.on("data", (text) => resolve(String(text).trim().split(" ").pop()));
	server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
});
const opa = new OPAClient(url, { headers: { authorization: "Bearer t0ken" } });

/** The error of a call that must fail. */
async function refused(call) {
	try {
		await call();
	} catch (e) {
		return e;
	}
	throw new Error("it was let through");
}

await step("a decision with an input", async () => {
	assert((await opa.evaluate("app/allow", { user: "ann" })) === true, "ann is refused");
	assert((await opa.evaluate("app/allow", { user: "eve" })) === false, "eve is let in");
});

await step("a decision without an input", async () => {
	assert((await opa.evaluate("app/allow")) === false, "not false");
});

await step("a document, transformed by the caller", async () => {
	const text = await opa.evaluate("app/greeting", { user: "ann" }, { fromResult: (r) => r.text });
	assert(text === "hello ann", text);
});

await step("what is undefined", async () => {
	assert((await opa.evaluate("app/nothing", {})) === undefined, "defined");
});

await step("the default decision", async () => {
	const answer = await opa.evaluateDefault({ user: "ann" });
	assert(answer.allowed === true, JSON.stringify(answer));
});

await step("several inputs at once", async () => {
	const answers = await opa.evaluateBatch("app/allow", { a: { user: "ann" }, e: { user: "eve" } });
	assert(answers.a === true && answers.e === false, JSON.stringify(answers));
});

await step("several, of which one fails", async () => {
	const answers = await opa.evaluateBatch("app/clash", { a: { user: "ann" }, e: { user: "eve" } });
	assert(answers.e === 1 && answers.a.code === "internal_error", JSON.stringify(answers));
});

await step("several, of which one fails, as an error if that is wished", async () => {
	const e = await refused(() => opa.evaluateBatch("app/clash", { a: { user: "ann" }, e: { user: "eve" } }, { rejectMixed: true }));
	assert(e.code === "internal_error", String(e));
});

await step("an input that makes itself", async () => {
	const ann = { toInput: () => ({ user: "ann" }) };
	assert((await opa.evaluate("app/allow", ann)) === true, "ann is refused");
	assert((await opa.evaluateDefault(ann)).allowed === true, "and by default");
});

await step("a rule as a filter for a database", async () => {
	const how = { target: "postgresql", unknowns: ["input.tickets"], tableMappings: { tickets: { $self: "t", owner: "who" } } };
	const { query, masks } = await opa.getFilters("rows/include", { user: "ann" }, { ...how, compileOptions: { maskRule: "data.rows.masks" } });
	assert(query === "WHERE t.who = E'ann'" && masks.tickets.title.replace.value === "***", JSON.stringify([query, masks]));
	const none = await refused(() => opa.getFilters("rows/never", { user: "ann" }, how)); // how the library tells it
	assert(/No result/.test(String(none)), String(none));
	const every = await opa.getFilters("rows/every_row", { user: "ann" }, how);
	assert(every.query === "", JSON.stringify(every));
});

await step("and as a tree for Prisma", async () => {
	const { query } = await opa.getFilters("rows/include", { user: "ann" }, { ucastPrisma: { primary: "tickets" }, unknowns: ["input.tickets"] });
	assert(query.owner?.equals === "ann" || query.owner === "ann", JSON.stringify(query));
});

await step("and for several at once", async () => {
	const filters = await opa.getMultipleFilters("rows/include", { user: "ann" }, { targets: ["mysql", "sqlserver"], unknowns: ["input.tickets"] });
	assert(filters.mysql.query === "WHERE tickets.owner = 'ann'" && filters.sqlserver.query === "WHERE tickets.owner = N'ann'", JSON.stringify(filters));
});

await step("an error of the evaluation is one of the library's own type", async () => {
	const e = await refused(() => opa.evaluate("app/clash", { user: "ann" }));
	assert(e.code === "internal_error" && e.errors[0].code === "eval_conflict_error", String(e));
});

/** The library's lower half, which asks for the rest of the API. */
const http = new HTTPClient();
http.addHook("beforeRequest", (request) => {
	request.headers.set("authorization", "Bearer t0ken");
	return request;
});
const api = new OpaApiClient({ serverURL: url, httpClient: http });

await step("whether bundles and plugins are ready", async () => {
	const answer = await api.health(true, true, ["status"]);
	assert(answer.httpMeta.response.status === 200 && answer.healthyServer, JSON.stringify(answer));
});

await step("a decision with what it stands on", async () => {
	const { successfulPolicyResponse: told } = await api.executePolicyWithInput({
		path: "app/allow",
		explain: "full",
		metrics: true,
		provenance: true,
		requestBody: { input: { user: "ann" } },
	});
	assert(told.result === true && told.metrics.timer_rego_query_eval_ns > 0 && told.provenance.version, JSON.stringify(told));
});

/** What the library has no call for, as its users ask by themselves. */
async function ask(method, where, body) {
	const answer = await fetch(url + where, { method, headers: { authorization: "Bearer t0ken" }, body: body && JSON.stringify(body) });
	const text = await answer.text();
	return [answer.status, text ? JSON.parse(text) : undefined];
}

await step("documents are changed in place", async () => {
	const [status] = await ask("PATCH", "/v1/data/admins", [{ op: "add", path: "-", value: "eve" }]);
	assert(status === 204 && (await opa.evaluate("app/allow", { user: "eve" })) === true, `status ${status}`);
	await ask("PATCH", "/v1/data", [{ op: "remove", path: "/admins/2" }]);
	assert((await opa.evaluate("app/allow", { user: "eve" })) === false, "eve is still let in");
});

await step("what is left of a query", async () => {
	const [status, told] = await ask("POST", "/v1/compile", { query: "data.app.allow == true", unknowns: ["input"] });
	assert(status === 200 && told.result.queries.length > 0, JSON.stringify(told));
});

await step("the state of the server", async () => {
	const [status, told] = await ask("GET", "/v1/status");
	assert(status === 200 && told.result !== undefined, JSON.stringify([status, told]));
});

await step("a stranger is refused", async () => {
	const e = await refused(() => new OPAClient(url).evaluate("app/allow", {}));
	assert(/401|unauthorized|administrative/.test(String(e.statusCode ?? "") + String(e)), String(e));
});

server.removeAllListeners("exit");
await step("it stops when it is told", async () => {
	const code = await new Promise((resolve) => {
		server.on("exit", resolve);
		server.kill("SIGTERM");
	});
	assert(code === 0, `exit code ${code}`);
});
fs.rmSync(dir, { recursive: true });
done();
