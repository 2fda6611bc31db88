/* Writes src/api/openapi.ts: the shapes of the kinds that types.check.ts compares, out of Pave's own OpenAPI.
 * usage: tsx dev/api-types.ts [--check]; PAVE names the program, --check only compares */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = process.env.PAVE ?? "../build/release/pave";
const target = fileURLToPath(new URL("../src/api/openapi.ts", import.meta.url));

/** Which kinds of which group and version. */
const wanted: Record<string, string[]> = {
	"api/v1": ["Pod", "Node", "ConfigMap", "Event"],
	"apis/argoproj.io/v1alpha1": ["Application", "ApplicationSet", "AppProject"],
	"apis/backstage.io/v1alpha1": ["Component"],
	"apis/portal.pave.dev/v1alpha1": ["CatalogSource"],
};

interface Schema {
	type?: string;
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	additionalProperties?: Schema | boolean;
	allOf?: Schema[];
	enum?: unknown[];
	$ref?: string;
	"x-kubernetes-int-or-string"?: boolean;
}

interface Answer {
	code: number;
	cookie: string;
	text: string;
}

function ask(base: string, method: string, path: string, cookie = "", body?: string): Promise<Answer> {
	const headers = { "X-Pave-Portal": "1", "Content-Type": "application/json", Cookie: cookie };
	return new Promise((done, fail) => {
		const req = request(new URL(path, base), { method, headers, rejectUnauthorized: false }, (res) => {
			let text = "";
			res.setEncoding("utf8");
			res.on("data", (part) => {
				text += part;
			});
			res.on("end", () =>
				done({
					code: res.statusCode ?? 0,
					cookie: res.headers["set-cookie"]?.[0]?.split(";")[0] ?? "",
					text,
				}),
			);
		});
		req.on("error", fail);
		req.end(body);
	});
}

async function documents(): Promise<Map<string, Record<string, Schema>>> {
	const dir = mkdtempSync(join(tmpdir(), "pave-types-"));
	const server = spawn(program, ["serve", "--data", join(dir, "data"), "--listen", "127.0.0.1:0"], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	try {
		const [, base = "", code = ""] = await new Promise<RegExpExecArray>((done, fail) => {
			let out = "";
			server.on("exit", () => fail(new Error(`${program} did not start`)));
			server.stdout.on("data", (part) => {
				out += part;
				const link = /(https:\S+)\/signin#code=(\S+)/.exec(out);
				if (link) done(link);
			});
		});
		const { cookie } = await ask(base, "POST", "/portal/session", "", JSON.stringify({ code }));
		const found = new Map<string, Record<string, Schema>>();
		for (const path of Object.keys(wanted)) {
			const answer = await ask(base, "GET", `/openapi/v3/${path}`, cookie);
			if (answer.code !== 200) throw new Error(`/openapi/v3/${path}: ${answer.code} ${answer.text}`);
			found.set(path, JSON.parse(answer.text).components.schemas);
		}
		return found;
	} finally {
		server.kill();
		rmSync(dir, { recursive: true, force: true });
	}
}

const nameOf = (ref: string) => ref.split("/").at(-1) ?? "";
const typeName = (name: string) => name.split(".").at(-1) ?? "";

const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replace(/\W/g, "");

/** How often each object without a name of its own stands in the kinds, by its text. */
function count(schema: Schema, counts: Map<string, number>): void {
	if (schema.properties) {
		const text = JSON.stringify(schema);
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}
	const more = typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : [];
	const items = schema.items ? [schema.items] : [];
	for (const part of [...Object.values(schema.properties ?? {}), ...items, ...more]) count(part, counts);
}

class Writer {
	private readonly done = new Map<string, string>();
	/** Names of shapes that recur, by their text. */
	private readonly shared = new Map<string, string>();
	private readonly counts = new Map<string, number>();

	constructor(private readonly schemas: Record<string, Schema>) {
		for (const schema of Object.values(schemas)) count(schema, this.counts);
	}

	/** Its TypeScript, and whatever it refers to beside it; `path`: the fields that lead to it. */
	private type(schema: Schema, path: readonly string[]): string {
		const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
		if (ref) return this.named(nameOf(ref));
		if (schema["x-kubernetes-int-or-string"]) return "number | string";
		if (schema.enum?.every((v) => typeof v === "string"))
			return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
		if (schema.properties) return this.object(schema, path);
		if (schema.type === "array") return `Array<${this.type(schema.items ?? {}, path)}>`;
		if (schema.type === "integer" || schema.type === "number") return "number";
		if (schema.type === "string" || schema.type === "boolean") return schema.type;
		if (typeof schema.additionalProperties === "object")
			return `Record<string, ${this.type(schema.additionalProperties, path)}>`;
		return schema.type === "object" ? "Record<string, unknown>" : "unknown";
	}

	/** Inline, or under a name if it recurs: its field's, with as many fields before it as it takes to be the only one. */
	private object(schema: Schema, path: readonly string[]): string {
		const text = JSON.stringify(schema);
		if ((this.counts.get(text) ?? 0) < 2 || path.length < 2) return this.fields(schema, path);
		const known = this.shared.get(text);
		if (known) return known;
		const taken = new Set([...this.done.keys(), ...Object.keys(this.schemas).map(typeName)]);
		let name = "";
		for (let from = path.length - 1; from >= 0 && (name === "" || taken.has(name)); from--)
			name = path.slice(from).map(pascal).join("");
		if (taken.has(name)) name += "Fields"; // Component.status, where there is a kind ComponentStatus
		if (taken.has(name)) throw new Error(`no name for the shape at ${path.join(".")}`);
		this.shared.set(text, name);
		this.done.set(name, "");
		this.done.set(name, `export type ${name} = ${this.fields(schema, path)};`);
		return name;
	}

	private fields(schema: Schema, path: readonly string[]): string {
		const lines = Object.entries(schema.properties ?? {}).map(([name, field]) => {
			const optional = schema.required?.includes(name) ? "" : "?";
			return `${/^\w+$/.test(name) ? name : JSON.stringify(name)}${optional}: ${this.type(field, [...path, name])};`;
		});
		return `{ ${lines.join(" ")} }`;
	}

	named(name: string): string {
		const short = typeName(name);
		if (!this.done.has(short)) {
			this.done.set(short, "");
			this.done.set(short, `export type ${short} = ${this.type(this.schemas[name] ?? {}, [short])};`);
		}
		return short;
	}

	text(): string {
		return [...this.done]
			.sort(([a], [b]) => a.localeCompare(b))
			.map(([, text]) => text)
			.join("\n");
	}
}

async function generate(): Promise<string> {
	const all = await documents();
	const writer = new Writer(Object.assign({}, ...all.values()));
	for (const [path, kinds] of Object.entries(wanted))
		for (const kind of kinds) {
			const name = Object.keys(all.get(path) ?? {}).find((n) => typeName(n) === kind);
			if (!name) throw new Error(`/openapi/v3/${path} has no ${kind}`);
			writer.named(name);
		}
	return `// Generated by dev/api-types.ts out of Pave's OpenAPI (npm run types); not by hand.\n${writer.text()}\n`;
}

const formatted = (source: string) =>
	execFileSync("npx", ["biome", "format", "--stdin-file-path=openapi.ts"], {
		input: source,
		encoding: "utf8",
	});

const text = formatted(await generate());
if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
	process.stderr.write("src/api/openapi.ts is not what the server says: npm run types\n");
	process.exit(1);
}
process.exit(0);
