import { describe, expect, it } from "vitest";
import type { Obj } from "../api/types.ts";
import { emptyFold, fold, restart, snapshot, type WatchLine } from "./fold.ts";

const resource = "core/v1/pods";

function pod(name: string, version = "1"): Obj {
	return {
		apiVersion: "v1",
		kind: "Pod",
		metadata: { name, namespace: "a", uid: `u-${name}`, resourceVersion: version },
	};
}

function line(type: WatchLine["type"], object?: WatchLine["object"]): WatchLine {
	return { resource, type, object };
}

const names = (folded: ReturnType<typeof emptyFold>) => snapshot(folded).items.map((o) => o.metadata.name);

describe("fold", () => {
	it("shows nothing of a first list until it is whole", () => {
		const half = fold(emptyFold(), [line("ADDED", pod("one"))]);
		expect(half.state).toBe("loading");
		expect(names(half)).toEqual([]);
		const whole = fold(half, [line("ADDED", pod("two")), line("SYNCED")]);
		expect(whole.state).toBe("live");
		expect(names(whole)).toEqual(["one", "two"]);
	});

	it("applies changes after the list, and leaves the picture before untouched", () => {
		const before = fold(emptyFold(), [line("ADDED", pod("one")), line("ADDED", pod("two")), line("SYNCED")]);
		const after = fold(before, [
			line("MODIFIED", pod("one", "2")),
			line("DELETED", pod("two")),
			line("ADDED", pod("three")),
		]);
		expect(names(after)).toEqual(["one", "three"]);
		expect(after.current.get("u-one")?.metadata.resourceVersion).toBe("2");
		expect(names(before)).toEqual(["one", "two"]);
	});

	it("keeps the old picture while a new stream lists, then drops what is gone", () => {
		const before = fold(emptyFold(), [
			line("ADDED", pod("gone")),
			line("ADDED", pod("kept")),
			line("SYNCED"),
		]);
		const listing = fold(restart(before), [line("ADDED", pod("kept"))]);
		expect(names(listing)).toEqual(["gone", "kept"]);
		expect(names(fold(listing, [line("SYNCED")]))).toEqual(["kept"]);
	});

	it("tells a missing right from a missing kind", () => {
		const denied = fold(emptyFold(), [line("ERROR", { kind: "Status", code: 403, message: "no" })]);
		expect(denied.state).toBe("denied");
		expect(denied.error).toBe("no");
		expect(fold(emptyFold(), [line("ERROR", { kind: "Status", code: 404 })]).state).toBe("absent");
	});

	it("knows where it may look, if that is not everywhere", () => {
		const some = { ...line("SYNCED"), namespaces: ["shop"] };
		expect(snapshot(fold(emptyFold(), [line("ADDED", pod("one")), some])).namespaces).toEqual(["shop"]);
		const again = fold(restart(fold(emptyFold(), [some])), [line("SYNCED")]);
		expect(snapshot(again).namespaces).toBeUndefined();
	});

	it("keeps the picture when the stream fell behind and will start over", () => {
		const before = fold(emptyFold(), [line("ADDED", pod("one")), line("SYNCED")]);
		expect(fold(before, [line("ERROR", { kind: "Status", code: 410 })])).toBe(before);
	});

	it("returns the same fold for what changes nothing", () => {
		const before = fold(emptyFold(), [line("SYNCED")]);
		expect(fold(before, [line("BOOKMARK", pod("x"))])).toBe(before);
	});

	it("tells a recreated object from its predecessor by uid", () => {
		const first = pod("one");
		const again = { ...first, metadata: { ...first.metadata, uid: "u-again" } };
		const before = fold(emptyFold(), [line("ADDED", first), line("SYNCED")]);
		const after = fold(before, [line("ADDED", again), line("DELETED", first)]);
		expect([...after.current.keys()]).toEqual(["u-again"]);
	});
});
