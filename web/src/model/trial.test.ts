import { expect, test } from "vitest";
import type { Application, OperationState } from "../api/types.ts";
import { concernsOf } from "./attention.ts";
import { bannerLines } from "./banner.ts";
import { deployedOf } from "./deployed.ts";
import { appNews, knownApps } from "./inbox.ts";
import { isTrial, trialOf } from "./trial.ts";

function app(state: OperationState, version = "8"): Application {
	return {
		metadata: { name: "shop", namespace: "argocd", resourceVersion: version },
		status: {
			health: { status: "Healthy" },
			sync: { status: "OutOfSync", revision: "b" },
			history: [{ revision: "a" }],
			operationState: state,
		},
	};
}

const refused: OperationState = {
	phase: "Failed",
	message: "one or more objects failed to apply (dry run)",
	startedAt: "2026-11-27T07:55:55Z",
	finishedAt: "2026-11-27T07:55:55Z",
	operation: { sync: { dryRun: true } },
	syncResult: {
		revision: "b",
		resources: [
			{
				kind: "Service",
				name: "shop",
				namespace: "x",
				status: "Synced",
				message: "service/shop created (dry run)",
			},
			{
				kind: "Deployment",
				name: "shop",
				namespace: "x",
				status: "SyncFailed",
				message: "frozen until January",
			},
		],
	},
};

test("a trial says what would be refused first, in the words of who refuses", () => {
	const trial = trialOf(app(refused), "7");
	expect(trial?.text).toBe("1 of 2 objects would be refused, so nothing would be applied.");
	expect(trial?.objects.map((o) => [o.kind, o.text, o.refused])).toEqual([
		["Deployment", "frozen until January", true],
		["Service", "service/shop created", false],
	]);
	const { resources = [] } = refused.syncResult ?? {};
	const good = { ...refused, phase: "Succeeded", syncResult: { resources: resources.slice(0, 1) } };
	expect(trialOf(app(good), "7")).toMatchObject({ text: "1 object would be accepted.", refused: false });
	const broken = { ...refused, phase: "Error", message: "no such commit", syncResult: undefined };
	expect(trialOf(app(broken), "7")).toMatchObject({ text: "no such commit", refused: true });
});

test("nothing is told before it is known, nor of an earlier one", () => {
	expect(trialOf(app(refused), undefined)).toBeUndefined();
	expect(trialOf(app(refused, "7"), "7")).toBeUndefined();
	expect(trialOf({ ...app(refused), operation: { sync: { dryRun: true } } }, "7")).toBeUndefined();
	expect(trialOf(app({ ...refused, finishedAt: undefined }), "7")).toBeUndefined();
	expect(trialOf(app({ ...refused, operation: { sync: {} } }), "7")).toBeUndefined();
});

test("a trial that is refused is no sync that failed", () => {
	const tried = app(refused);
	const failed = app({ ...refused, operation: { sync: {} } });
	expect(isTrial(refused)).toBe(true);
	expect(bannerLines(tried).filter((l) => l.text.includes("sync failed"))).toEqual([]);
	expect(bannerLines(failed).filter((l) => l.text.includes("sync failed"))).toHaveLength(1);
	expect(concernsOf([tried], []).map((c) => c.word)).toEqual(["Out of sync"]);
	expect(concernsOf([failed], []).map((c) => c.word)).toEqual(["Out of sync, Sync failed"]);
	expect([deployedOf(tried).newer?.failed, deployedOf(failed).newer?.failed]).toEqual([false, true]);
	const before = knownApps([app({ phase: "Running" })]);
	expect(appNews(before, [tried], knownApps([tried]))).toEqual([]);
	expect(appNews(before, [failed], knownApps([failed]))).toHaveLength(1);
});
