import { describe, expect, it } from "vitest";
import type { KubeEvent } from "../api/types.ts";
import { eventMessage, newestEvents } from "./events.ts";

const event = (name: string, at: string, resourceVersion: string): KubeEvent => ({
	metadata: { name, resourceVersion },
	lastTimestamp: at,
});

describe("newest events", () => {
	it("orders events of one second by what the store took first", () => {
		const second = "2026-11-25T12:00:00Z";
		const all = [
			event("scheduled", second, "9"),
			event("created", second, "8"),
			event("started", second, "10"),
			event("later", "2026-11-25T12:00:01Z", "7"),
		];
		expect(newestEvents(all).map((e) => e.metadata.name)).toEqual([
			"later",
			"started",
			"scheduled",
			"created",
		]);
		expect(newestEvents(all, 2)).toHaveLength(2);
	});
});

describe("event messages", () => {
	it("names the state before the first one", () => {
		const say = (message: string) => eventMessage({ metadata: { name: "e" }, message });
		expect(say("Updated sync status:  -> Synced")).toBe("Updated sync status: Unknown -> Synced");
		expect(say("Updated sync status: OutOfSync -> Synced")).toBe("Updated sync status: OutOfSync -> Synced");
	});
});
