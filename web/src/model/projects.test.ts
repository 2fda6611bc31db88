import { expect, test } from "vitest";
import type { Application, AppProject } from "../api/types.ts";
import { destinationTexts, isIn, kindsPermitted, projectOf, roleView } from "./projects.ts";

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
