// Open Policy Agent's own client library for JavaScript, unmodified, against `pave rego run --server`.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { OPAClient } from "@open-policy-agent/opa";
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
fs.writeFileSync(path.join(dir, "data.json"), JSON.stringify({ admins: ["ann", "bob"] }));

const server = spawn(pave, ["rego", "run", "--server", "--addr", "localhost:0", "--authentication", "token", "--authorization", "basic", "."], {
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

await step("an error of the evaluation is one of the library's own type", async () => {
	const e = await refused(() => opa.evaluate("app/clash", { user: "ann" }));
	assert(e.code === "internal_error" && e.errors[0].code === "eval_conflict_error", String(e));
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
