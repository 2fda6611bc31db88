import { expect, test } from "vitest";
import type { Application } from "../api/types.ts";
import { deployedOf } from "./deployed.ts";

function app(status: Application["status"]): Application {
	return { metadata: { name: "shop", namespace: "argocd" }, status };
}

const history = [
	{ revision: "0a", deployedAt: "2026-11-25T09:00:00Z" },
	{ revision: "88", deployedAt: "2026-11-25T10:00:00Z" },
];

test("what is deployed is the last of the history", () => {
	const of = deployedOf(app({ sync: { status: "Synced", revision: "88" }, history }));
	expect(of).toEqual({ revision: "88", at: "2026-11-25T10:00:00Z" });
});

test("a broken commit was tried, and is not what is deployed", () => {
	const conditions = [{ type: "ComparisonError", status: "True", message: "web.yaml:3: not YAML" }];
	const of = deployedOf(app({ sync: { status: "Unknown", revision: "2e" }, history, conditions }));
	expect(of.revision).toBe("88");
	expect(of.newer).toEqual({ revision: "2e", failed: true, reason: "web.yaml:3: not YAML" });
});

test("so is one whose sync failed, but not one that an older sync failed on", () => {
	const failed = (revision: string) =>
		deployedOf(
			app({
				sync: { status: "OutOfSync", revision: "2e" },
				history,
				operationState: { phase: "Failed", message: "refused", syncResult: { revision } },
			}),
		).newer;
	expect(failed("2e")).toEqual({ revision: "2e", failed: true, reason: "refused" });
	expect(failed("1d")).toEqual({ revision: "2e", failed: false, reason: "" });
});

test("a sync that failed without a word leaves it to the condition to say why", () => {
	const conditions = [{ type: "SyncError", status: "True", message: "web.yaml:3: not YAML" }];
	const operationState = { phase: "Failed", message: "", syncResult: { revision: "2e" } };
	const of = deployedOf(
		app({ sync: { status: "OutOfSync", revision: "2e" }, history, operationState, conditions }),
	);
	expect(of.newer?.reason).toBe("web.yaml:3: not YAML");
});

test("so is one whose sync failed and is tried again", () => {
	const operationState = {
		phase: "Running",
		retryCount: 1,
		finishedAt: "2026-11-25T11:00:00Z",
		message: "refused. Retrying attempt #1 at 11:00AM.",
		syncResult: { revision: "2e" },
	};
	const of = deployedOf(app({ sync: { status: "OutOfSync", revision: "2e" }, history, operationState }));
	expect(of.newer).toEqual({ revision: "2e", failed: true, reason: "refused" });
});

test("a newer commit waits for its sync", () => {
	const of = deployedOf(app({ sync: { status: "OutOfSync", revision: "2e" }, history }));
	expect(of.newer).toEqual({ revision: "2e", failed: false, reason: "" });
});

test("a commit that changes nothing is what runs, without a sync of its own", () => {
	const of = deployedOf(app({ sync: { status: "Synced", revision: "2e" }, history }));
	expect(of).toEqual({ revision: "2e", at: "2026-11-25T10:00:00Z" });
});

test("before the first sync nothing is deployed", () => {
	expect(deployedOf(app({ sync: { status: "OutOfSync", revision: "2e" } }))).toEqual({
		revision: "",
		at: undefined,
		newer: { revision: "2e", failed: false, reason: "" },
	});
	expect(deployedOf(app(undefined))).toEqual({ revision: "", at: undefined });
});
