/* A server for development and tests: the portal's side of Pave's API over invented data, and
 * the built files under the Content-Security-Policy they must live with.
 * usage: tsx dev/fake-server.ts [--port N] [--entities N] [--calm] [--empty] */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { objectPath, type Resource, resources, streamId } from "../src/api/resources.ts";
import type { Obj } from "../src/api/types.ts";
import { sendAsset } from "./asset.ts";
import { catalogObjects } from "./data/catalog.ts";
import { deliveryObjects } from "./data/delivery.ts";
import { type Any, before } from "./data/make.ts";
import { policyFindings, policyObjects } from "./data/policies.ts";
import { historyOf } from "./history.ts";
import { liveliness } from "./live.ts";
import { pick, wantedOf } from "./pick.ts";
import { merge, Store } from "./store.ts";
import { whyOf } from "./why.ts";

function json(res: ServerResponse, code: number, body: unknown): void {
	res.writeHead(code, { "Content-Type": "application/json" });
	res.end(JSON.stringify(body));
}

function refuse(res: ServerResponse, code: number, reason: string, message: string): void {
	json(res, code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });
}

async function body(req: IncomingMessage): Promise<Record<string, unknown>> {
	const chunks: Buffer[] = [];
	for await (const chunk of req) chunks.push(chunk as Buffer);
	return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}

const person = {
	user: "admin",
	groups: ["system:masters", "tracking", "warehouse"],
	displayName: "Kim Park",
};

async function session(req: IncomingMessage, res: ServerResponse, signedIn: boolean): Promise<void> {
	const answer = { ...person, expires: new Date(Date.now() + 8 * 3_600_000).toISOString() };
	if (req.method === "GET") {
		if (signedIn) json(res, 200, answer);
		else refuse(res, 401, "Unauthorized", "Sign in first");
	} else if (req.method === "POST") {
		const proof = await body(req);
		if (proof.code !== "good" && proof.token !== "good")
			return refuse(res, 401, "Unauthorized", "The code is not valid");
		res.setHeader("Set-Cookie", "pave_session=fake; HttpOnly; SameSite=Strict; Path=/");
		json(res, 200, answer);
	} else {
		res.setHeader("Set-Cookie", "pave_session=; Max-Age=0; Path=/");
		res.writeHead(204).end();
	}
}

const reports = streamId(resources.policyFindings);
const reportsOf = (store: Store) => policyFindings(store.all()).namespaced;

/** GROUP/VERSION/PLURAL[/NAMESPACE/NAME][;WORD][(PARTS)] */
function placeOf(r: string): { resource: string; is: (object: Obj) => boolean } {
	const [group, version, plural, namespace, name] = r.replace(/[;(].*$/, "").split("/");
	const is = ({ metadata }: Obj) =>
		name === undefined || (metadata.name === name && metadata.namespace === namespace);
	return { resource: `${group}/${version}/${plural}`, is };
}

function watch(store: Store, url: URL, res: ServerResponse): void {
	const wanted = url.searchParams.getAll("r").map((r) => ({ ...wantedOf(r), ...placeOf(r) }));
	res.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
	const send = (line: object) => res.write(`${JSON.stringify(line)}\n`);
	for (const { name, resource, parts, is } of wanted) {
		for (const object of resource === reports ? reportsOf(store) : store.list(resource))
			if (is(object)) send({ resource: name, type: "ADDED", object: pick(object, parts) });
		send({ resource: name, type: "SYNCED" });
	}
	const stop = store.watch((change) => {
		for (const { name, resource, parts, is } of wanted)
			if (change.resource === resource && is(change.object))
				send({ resource: name, type: change.type, object: pick(change.object, parts) });
		const told = wanted.some(({ resource }) => resource === reports);
		if (!told || change.resource !== streamId(resources.deployments)) return;
		for (const object of reportsOf(store)) send({ resource: reports, type: "MODIFIED", object });
	});
	res.on("close", stop);
}

function discovery(path: string, res: ServerResponse): boolean {
	if (path === "/apis") {
		const groups = [...new Set(Object.values(resources).map((r) => r.group))].filter(Boolean);
		json(res, 200, {
			kind: "APIGroupList",
			groups: groups.map((name) => ({ name, preferredVersion: { version: "v1" } })),
		});
		return true;
	}
	const match = /^\/apis?(?:\/([^/]+))?\/(v[^/]+)$/.exec(path);
	if (!match) return false;
	const list = Object.values(resources).filter((r) => r.group === (match[1] ?? "") && r.version === match[2]);
	json(res, 200, {
		kind: "APIResourceList",
		resources: list.map((r) => ({ name: r.plural, kind: r.kind, namespaced: r.namespaced })),
	});
	return true;
}

function locate(
	store: Store,
	path: string,
): { resource: Resource; object: Any | undefined; rest: string } | undefined {
	for (const resource of Object.values(resources) as Resource[]) {
		for (const object of store.list(streamId(resource))) {
			const at = objectPath(resource, object.metadata.namespace, object.metadata.name);
			if (path === at || path.startsWith(`${at}/`)) return { resource, object, rest: path.slice(at.length) };
		}
	}
	return undefined;
}

async function api(store: Store, req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
	if (discovery(path, res)) return;
	if (path.endsWith("/selfsubjectaccessreviews")) return json(res, 201, { status: { allowed: true } });
	const found = locate(store, path);
	if (!found?.object) return refuse(res, 404, "NotFound", `${path} was not found`);
	if (found.rest === "/why") return json(res, 200, whyOf(found.object));
	if (req.method === "GET") return json(res, 200, found.object);
	if (req.headers["x-pave-portal"] !== "1")
		return refuse(res, 403, "Forbidden", "The header X-Pave-Portal is missing");
	if (req.method !== "PATCH") return refuse(res, 405, "MethodNotAllowed", "Only PATCH here");
	const patched = store.put(merge(found.object, await body(req)) as Any);
	json(res, 200, patched);
	if (found.resource.kind === "Application") react(store, patched);
}

/** What the application controller would do about a refresh or an operation. */
function react(store: Store, app: Any): void {
	const { operation, ...rest } = app as Any & { operation?: { sync?: { revision?: string } } };
	const status = app.status as Record<string, object>;
	const annotations = { ...app.metadata.annotations };
	delete annotations["argocd.argoproj.io/refresh"];
	const metadata = { ...app.metadata, annotations };
	const state = {
		operation,
		startedAt: before(0),
		phase: "Running",
		message: "one or more tasks are running",
	};
	if (operation) store.put({ ...app, status: { ...status, operationState: state } });
	setTimeout(() => {
		const done = {
			...state,
			phase: "Succeeded",
			message: "successfully synced (all tasks run)",
			finishedAt: before(0),
		};
		const resources = (status.resources as { requiresPruning?: boolean }[])
			.filter((r) => !r.requiresPruning)
			.map((r) => ({ ...r, status: "Synced" }));
		const synced = operation
			? {
					sync: { ...status.sync, status: "Synced" },
					health: { status: "Healthy" },
					operationState: done,
					resources,
					conditions: [],
				}
			: {};
		store.put({ ...rest, metadata, status: { ...status, ...synced, reconciledAt: before(0) } });
	}, 1200);
}

export interface FakeOptions {
	port?: number;
	/** Invented entities beyond the believable ones. */
	entities?: number;
	/** A server that was just started: nothing in it. */
	empty?: boolean;
	/** Nothing moves by itself. */
	calm?: boolean;
}

export async function startFake(
	options: FakeOptions = {},
): Promise<{ url: string; store: Store; stop: () => void }> {
	const initial = options.empty
		? []
		: [...catalogObjects(options.entities ?? 0), ...deliveryObjects(), ...policyObjects()];
	const store = new Store(initial);
	const stopLife = options.calm ? () => undefined : liveliness(store);
	const server = createServer((req, res) => {
		const url = new URL(req.url ?? "/", "http://fake");
		const path = decodeURIComponent(url.pathname);
		const signedIn = (req.headers.cookie ?? "").includes("pave_session=fake");
		const failed = (error: unknown) => refuse(res, 500, "InternalError", String(error));
		if (path === "/portal/session") void session(req, res, signedIn).catch(failed);
		else if (path === "/readyz") res.end("ok");
		else if (path === "/version")
			json(res, 200, {
				gitVersion: "v1.34.0+pave.0.1.0",
				gitCommit: "33cc66cf",
				platform: "linux/amd64",
				compiler: "gcc",
				major: "1",
				minor: "34",
			});
		else if (!/^\/(api|apis|portal|delivery)(\/|$)/.test(path)) sendAsset(path, res);
		else if (!signedIn) refuse(res, 401, "Unauthorized", "Sign in first");
		else if (path === "/portal/watch") watch(store, url, res);
		else if (path.startsWith("/delivery/history/")) json(res, 200, { items: historyOf(store, path) });
		else void api(store, req, res, path).catch(failed);
	});
	await new Promise<void>((ready) => server.listen(options.port ?? 0, "127.0.0.1", ready));
	const address = server.address();
	const port = typeof address === "object" && address ? address.port : 0;
	const stop = () => {
		stopLife();
		server.closeAllConnections();
		server.close();
	};
	return { url: `http://127.0.0.1:${port}`, store, stop };
}

if (process.argv[1]?.endsWith("fake-server.ts")) {
	const number = (flag: string) => {
		const at = process.argv.indexOf(flag);
		return at < 0 ? undefined : Number(process.argv[at + 1]);
	};
	const fake = await startFake({
		port: number("--port") ?? 8099,
		entities: number("--entities"),
		calm: process.argv.includes("--calm"),
		empty: process.argv.includes("--empty"),
	});
	process.stdout.write(`${fake.url}/signin#code=good\n`);
}
