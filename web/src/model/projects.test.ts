import { expect, test } from "vitest";
import type { Application, AppProject, SyncWindow } from "../api/types.ts";
import {
	destinationTexts,
	isAbout,
	isIn,
	kindsPermitted,
	projectOf,
	roleView,
	windowsSay,
} from "./projects.ts";

function project(name: string, spec: AppProject["spec"], namespace = "argocd"): AppProject {
	return { metadata: { name, namespace }, spec };
}

function app(name: string, of: { project?: string; namespace?: string; to?: object } = {}): Application {
	const destination = of.to ?? { server: "https://kubernetes.default.svc", namespace: "shop" };
	return {
		metadata: { name, namespace: of.namespace ?? "argocd" },
		spec: { project: of.project, destination },
	};
}

const now = Date.parse("2026-11-27T12:00:00Z");
const always = { schedule: "* * * * *", duration: "1h" };
const never = { schedule: "0 0 1 1 *", duration: "1h" };

test("what is permitted, in words", () => {
	const open = project("a", { clusterResourceWhitelist: [{ group: "*", kind: "*" }] });
	expect(kindsPermitted(open).map(([, text]) => text)).toEqual(["all kinds", "all kinds"]);
	const narrow = project("b", {
		namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }],
		namespaceResourceBlacklist: [],
		clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "shop-*" }],
	});
	expect(kindsPermitted(narrow).map(([, text]) => text)).toEqual([
		"Deployment of apps",
		"Namespace named shop-*",
	]);
	expect(kindsPermitted(project("c", {})).map(([, text]) => text)).toEqual(["all kinds", "none"]);
	expect(
		destinationTexts(
			project("d", {
				destinations: [
					{ server: "*", namespace: "*" },
					{ name: "east", namespace: "shop" },
					{ server: "https://kubernetes.default.svc", namespace: "x-*" },
				],
			}),
		),
	).toEqual(["any namespace of any cluster", "namespace shop of east", "namespace x-* of this cluster"]);
});

test("the administrators' project counts where it admits the namespace, else the one beside", () => {
	const home = project("p", { sourceNamespaces: ["team-*"] });
	const beside = project("p", {}, "other");
	const all = [home, beside];
	expect(projectOf(app("a", { project: "p" }), all)).toBe(home);
	expect(projectOf(app("a", { project: "p", namespace: "team-red" }), all)).toBe(home);
	expect(projectOf(app("a", { project: "p", namespace: "other" }), all)).toBe(beside);
	expect(projectOf(app("a", { project: "p", namespace: "third" }), all)).toBeUndefined();
	expect(isIn(project("default", {}), app("a"))).toBe(true);
	expect(isIn(home, app("a"))).toBe(false);
});

test("a window is about what it names: any of it, or all with andOperator", () => {
	const about = (window: SyncWindow, name = "shop-prod", to?: object) => isAbout(window, app(name, { to }));
	expect(about({})).toBe(false);
	expect(about({ applications: ["*-prod"] })).toBe(true);
	expect(about({ applications: ["*-dev"], namespaces: ["shop"] })).toBe(true);
	expect(about({ applications: ["*-dev"], namespaces: ["shop"], andOperator: true })).toBe(false);
	expect(about({ clusters: ["in-cluster"] })).toBe(true);
	expect(about({ clusters: ["east"] }, "a", { name: "east", namespace: "x" })).toBe(true);
	expect(about({ applications: ["shop.prod"] })).toBe(false);
});

test("one that denies beats all; where some allow, one of them must be open", () => {
	const say = (...windows: SyncWindow[]) => {
		const said = windowsSay(
			app("a"),
			project("default", { syncWindows: windows.map((w) => ({ applications: ["*"], ...w })) }),
			now,
		);
		return said && [said.automated, said.manual];
	};
	expect(say()).toBeUndefined();
	expect(say({ kind: "deny", ...never })).toEqual([true, true]);
	expect(say({ kind: "deny", ...always }, { kind: "allow", ...always })).toEqual([false, false]);
	expect(say({ kind: "deny", ...always, manualSync: true })).toEqual([false, true]);
	expect(say({ kind: "allow", ...never })).toEqual([false, false]);
	expect(say({ kind: "allow", ...never, manualSync: true })).toEqual([false, true]);
	expect(say({ kind: "allow", ...never }, { kind: "allow", ...always })).toEqual([true, true]);
	expect(windowsSay(app("a"), undefined, now)).toBeUndefined();
});

test("a role says what it may, and which lines are none", () => {
	const role = roleView({
		name: "deployer",
		groups: ["platform"],
		policies: [
			"p, proj:p:deployer, applications, get, p/*, allow",
			"p, proj:p:deployer, applications, sync, p/*, allow",
			"p, proj:p:deployer, applications, delete, p/shop, deny",
			"p, proj:p:deployer, logs, *, p/*",
			"nonsense",
		],
	});
	expect(role.may).toEqual([
		"may get and sync applications (all)",
		"may not delete applications shop",
		"may do anything with logs (all)",
	]);
	expect(role.wrong).toEqual(["nonsense"]);
	expect(role.groups).toEqual(["platform"]);
});
