import { describe, expect, it } from "vitest";
import type { Application } from "../api/types.ts";
import { appNews, knownApps, violationId, violationNews } from "./inbox.ts";
import { parseVisits, withVisit } from "./recent.ts";
import type { Violation } from "./violations.ts";

const app = (health: string, sync = "Synced", phase = "Succeeded"): Application => ({
	metadata: { name: "ledger", namespace: "argocd" },
	status: {
		health: { status: health },
		sync: { status: sync, revision: "abc" },
		operationState: { phase, message: "no" },
	},
});

function between(before: Application, after: Application): string[] {
	return appNews(knownApps([before]), [after], knownApps([after])).map((n) => `${n.state} ${n.text}`);
}

describe("inbox", () => {
	it("tells of illness, recovery, drift and the end of a sync", () => {
		expect(between(app("Healthy"), app("Degraded"))).toEqual(["fail Degraded"]);
		expect(between(app("Degraded"), app("Healthy"))).toEqual(["ok Degraded before, Healthy now"]);
		expect(between(app("Healthy"), app("Healthy", "OutOfSync"))).toEqual(["warn Out of sync"]);
		expect(between(app("Healthy", "Synced", "Running"), app("Healthy"))).toEqual(["ok Synced to abc"]);
		expect(between(app("Healthy"), app("Healthy", "Synced", "Failed"))).toEqual(["fail Sync failed: no"]);
	});

	it("says nothing of what stays, of steps on the way, and of what is seen first", () => {
		expect(between(app("Degraded"), app("Degraded"))).toEqual([]);
		expect(between(app("Healthy"), app("Progressing"))).toEqual([]);
		expect(appNews(new Map(), [app("Degraded")], knownApps([app("Degraded")]))).toEqual([]);
	});

	it("tells a violation once, wherever in the report it moves", () => {
		const v = (key: string, name: string): Violation => ({
			key,
			policy: "limits",
			policyNamespace: "",
			sort: "Rego",
			fault: false,
			rule: "",
			mode: "warn",
			kind: "Deployment",
			ref: { kind: "Deployment", name, namespace: "shop" },
			team: "",
			severity: "",
			message: "no limits",
			field: "",
			value: "",
			due: false,
		});
		const known = new Set([violationId(v("a/0", "web"))]);
		const news = violationNews(known, [v("a/1", "web"), v("a/0", "api")]);
		expect(news.map((n) => `${n.state} ${n.name}`)).toEqual(["warn Deployment/api"]);
	});
});

describe("recent", () => {
	it("keeps each object once, the last first, and a few", () => {
		const visit = (n: number) => ({ href: `/applications/a/${n}`, kind: "Application", name: `${n}` });
		const all = [1, 2, 3, 1, 4, 5, 6, 7, 8, 9].reduce(
			(kept, n) => withVisit(kept, visit(n)),
			[] as ReturnType<typeof withVisit>,
		);
		expect(all.map((v) => v.name)).toEqual(["9", "8", "7", "6", "5", "4", "1", "3"]);
	});

	it("takes addresses of our own only", () => {
		expect(
			parseVisits('[{"href":"//evil","kind":"x","name":"y"},{"href":"/a","kind":"x","name":"y"}]'),
		).toHaveLength(1);
		expect(parseVisits("nonsense")).toEqual([]);
	});
});
