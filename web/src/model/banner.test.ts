import { describe, expect, it } from "vitest";
import type { Application } from "../api/types.ts";
import { bannerLines } from "./banner.ts";
import { clock } from "./time.ts";

const app = (status: Application["status"], operation?: Application["operation"]): Application => ({
	metadata: { name: "shop", namespace: "argocd" },
	operation,
	status,
});

describe("the banner", () => {
	it("is not there where all is well", () => {
		expect(
			bannerLines(app({ health: { status: "Healthy" }, operationState: { phase: "Succeeded" } })),
		).toEqual([]);
	});

	it("warns of a sync that failed and is tried again, with the reason, one full stop and a 24-hour clock", () => {
		const operationState = {
			phase: "Running",
			retryCount: 5,
			finishedAt: "2026-11-25T22:03:10Z",
			message:
				'namespaces "x" not found: make sure it is installed on the destination cluster.. Retrying attempt #5 at 10:04PM.',
		};
		const at = clock("2026-11-25T22:04:00Z");
		expect(bannerLines(app({ operationState }))).toEqual([
			{
				state: "warn",
				text: `The sync failed 5 times: namespaces "x" not found: make sure it is installed on the destination cluster. It is tried again at ${at}.`,
			},
		]);
	});

	it("does not turn calm while the next attempt runs, but does when a person starts another", () => {
		const operationState = { phase: "Running", retryCount: 1, message: "waiting for healthy state of Job/x" };
		expect(bannerLines(app({ operationState }))).toEqual([
			{
				state: "warn",
				text: "The sync failed, and is tried again: waiting for healthy state of Job/x.",
			},
		]);
		expect(bannerLines(app({ operationState }, { sync: {} }))[0]?.state).toBe("progress");
	});

	it("says what a failed sync and its condition say once", () => {
		const operationState = { phase: "Failed", message: "refused (retried 5 times)." };
		const conditions = [
			{ type: "SyncError", message: "Failed last sync attempt" },
			{ type: "SharedResourceWarning", message: "shared" },
		];
		expect(bannerLines(app({ operationState, conditions }))).toEqual([
			{ state: "fail", text: "Last sync failed: refused (retried 5 times)." },
			{ state: "warn", text: "shared" },
		]);
	});
});
