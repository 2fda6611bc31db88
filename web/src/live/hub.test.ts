import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Snapshot } from "./fold.ts";
import { Hub, liveKey } from "./hub.ts";

const pods = "core/v1/pods";
const apps = "apps/v1/deployments";

interface Stream {
	url: string;
	send: (...lines: object[]) => void;
	end: () => void;
	aborted: () => boolean;
}

let streams: Stream[] = [];
let status = 200;

function fakeFetch(url: string, init: RequestInit): Promise<Response> {
	let controller: ReadableStreamDefaultController<Uint8Array>;
	const body = new ReadableStream<Uint8Array>({
		start: (c) => {
			controller = c;
		},
	});
	const text = (line: object) => new TextEncoder().encode(`${JSON.stringify(line)}\n`);
	streams.push({
		url,
		send: (...lines) => {
			for (const line of lines) controller.enqueue(text(line));
		},
		end: () => controller.close(),
		aborted: () => init.signal?.aborted ?? false,
	});
	return Promise.resolve(new Response(status === 200 ? body : null, { status }));
}

const added = (resource: string, name: string) => ({
	resource,
	type: "ADDED",
	object: { kind: "X", metadata: { name, uid: name } },
});
const synced = (resource: string) => ({ resource, type: "SYNCED" });

describe("hub", () => {
	let queries: QueryClient;
	let hub: Hub;
	const shown = (resource: string) => queries.getQueryData<Snapshot>(liveKey(resource));
	const names = (resource: string) => shown(resource)?.items.map((o) => o.metadata.name);

	beforeEach(() => {
		vi.useFakeTimers();
		vi.stubGlobal("fetch", fakeFetch);
		vi.spyOn(Math, "random").mockReturnValue(0.5);
		streams = [];
		status = 200;
		queries = new QueryClient({ defaultOptions: { queries: { gcTime: Number.POSITIVE_INFINITY } } });
		hub = new Hub(queries);
	});

	afterEach(() => {
		hub.stop();
		queries.clear();
		vi.useRealTimers();
		vi.unstubAllGlobals();
		vi.restoreAllMocks();
	});

	it("opens one stream for what several components want at once", async () => {
		hub.want([pods]);
		hub.want([pods, apps]);
		await vi.advanceTimersByTimeAsync(50);
		expect(streams.map((s) => s.url)).toEqual([
			`/portal/watch?r=${encodeURIComponent(apps)}&r=${encodeURIComponent(pods)}`,
		]);
		expect(hub.state).toBe("live");
	});

	it("folds what arrives into the query cache", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		streams[0]?.send(added(pods, "a"), synced(pods), added(pods, "b"));
		await vi.advanceTimersByTimeAsync(50);
		expect(names(pods)).toEqual(["a", "b"]);
	});

	it("reopens when the union grows, and shows what it had meanwhile", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		streams[0]?.send(added(pods, "a"), synced(pods));
		await vi.advanceTimersByTimeAsync(50);
		hub.want([apps]);
		await vi.advanceTimersByTimeAsync(50);
		expect(streams).toHaveLength(2);
		expect(streams[0]?.aborted()).toBe(true);
		expect(names(pods)).toEqual(["a"]);
		streams[1]?.send(added(pods, "b"), synced(pods));
		await vi.advanceTimersByTimeAsync(50);
		expect(names(pods)).toEqual(["b"]);
	});

	it("does not reopen for what is already there", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		expect(streams).toHaveLength(1);
	});

	it("tries again after an end, later each time, and says so", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		status = 503;
		streams[0]?.end();
		await vi.advanceTimersByTimeAsync(10);
		expect(hub.state).toBe("reconnecting");
		await vi.advanceTimersByTimeAsync(700);
		expect(streams).toHaveLength(2);
		await vi.advanceTimersByTimeAsync(700);
		expect(streams).toHaveLength(2);
		status = 200;
		await vi.advanceTimersByTimeAsync(700);
		expect(streams).toHaveLength(3);
		expect(hub.state).toBe("live");
	});

	it("opens the next stream at once when our rights have changed, and calls nothing broken", async () => {
		const states: string[] = [];
		hub.subscribe(() => states.push(hub.state));
		hub.want([pods, apps]);
		await vi.advanceTimersByTimeAsync(50);
		streams[0]?.send(added(pods, "a"), synced(pods), { resource: "", type: "RIGHTS" });
		streams[0]?.end();
		await vi.advanceTimersByTimeAsync(50);
		expect(streams).toHaveLength(2);
		expect(states).not.toContain("reconnecting");
		streams[1]?.send({ resource: pods, type: "ERROR", object: { code: 403, message: "no" } });
		await vi.advanceTimersByTimeAsync(50);
		expect(shown(pods)).toMatchObject({ state: "denied", items: [] });
	});

	it("takes a long silence for a dead link", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		await vi.advanceTimersByTimeAsync(70_000);
		expect(streams).toHaveLength(1);
		await vi.advanceTimersByTimeAsync(10_000);
		expect(streams).toHaveLength(2);
	});

	it("lets go of the connection while nobody looks", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		streams[0]?.send(added(pods, "a"), synced(pods));
		await vi.advanceTimersByTimeAsync(50);
		hub.pause();
		expect(streams[0]?.aborted()).toBe(true);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(streams).toHaveLength(1);
		hub.resume();
		await vi.advanceTimersByTimeAsync(50);
		expect(streams).toHaveLength(2);
		expect(names(pods)).toEqual(["a"]);
	});

	it("stops at once when the session has ended", async () => {
		status = 401;
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(hub.state).toBe("signed-out");
		expect(streams).toHaveLength(1);
	});

	it("asks for nothing while signed out, and for what is wanted once signed in", async () => {
		hub.want([pods]);
		await vi.advanceTimersByTimeAsync(50);
		hub.signedOut();
		expect(streams[0]?.aborted()).toBe(true);
		hub.want([apps]);
		hub.pause();
		hub.resume();
		hub.retryNow();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(streams).toHaveLength(1);
		hub.signedIn();
		await vi.advanceTimersByTimeAsync(50);
		expect(streams).toHaveLength(2);
		expect(hub.state).toBe("live");
	});

	it("tells when all that was asked for is known, refused or the time is up", async () => {
		let told = 0;
		hub.want([pods, apps]);
		void hub.known([pods, apps], 1000).then(() => told++);
		await vi.advanceTimersByTimeAsync(50);
		streams[0]?.send(added(pods, "a"), synced(pods));
		await vi.advanceTimersByTimeAsync(50);
		expect(told).toBe(0);
		streams[0]?.send({ resource: apps, type: "ERROR", object: { code: 403 } });
		await vi.advanceTimersByTimeAsync(50);
		expect(told).toBe(1);
		void hub.known(["core/v1/nodes"], 1000).then(() => told++);
		hub.want(["core/v1/nodes"]);
		await vi.advanceTimersByTimeAsync(1100);
		expect(told).toBe(2);
	});
});
