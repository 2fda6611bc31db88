import { describe, expect, it } from "vitest";
import { grantCommand, namespacesText, reachOf, reachText, viewCommand } from "./reach.ts";

describe("reach", () => {
	it("says nothing to who may see everything", () => {
		expect(reachText(reachOf([{ what: "pods", state: "live" }]))).toBe("");
		expect(reachText(reachOf([{ what: "pods", state: "loading" }]))).toBe("");
		expect(reachText(reachOf([{ what: "pods", state: "absent", error: "not served" }]))).toBe("");
	});

	it("says where what is shown is from, and what is refused", () => {
		const reach = reachOf([
			{ what: "pods", state: "live", namespaces: ["shop"] },
			{ what: "jobs", state: "live", namespaces: ["shop"] },
			{ what: "maps", state: "live", namespaces: ["web"] },
			{ what: "nodes", state: "denied", error: "nodes is forbidden" },
		]);
		expect(reach.partial.map((p) => p.what)).toEqual([["pods", "jobs"], ["maps"]]);
		expect(reach.denied).toEqual([{ what: "nodes", error: "nodes is forbidden" }]);
		expect(reachText(reach)).toBe("You see what is in namespaces shop and web. Not permitted: nodes.");
	});

	it("counts namespaces when there are many", () => {
		expect(namespacesText(["a"])).toBe("namespace a");
		expect(namespacesText(["a", "b", "c", "d"])).toBe("4 namespaces");
	});
});

describe("the way to a right", () => {
	const message = (plural: string, group: string, where: string) =>
		`${plural} is forbidden: User "system:serviceaccount:shop:dev" cannot list resource "${plural}" in API group "${group}" ${where}`;

	it("is a role where it was refused", () => {
		expect(grantCommand(message("deployments", "apps", 'in the namespace "shop"'))).toBe(
			`kubectl create role read-deployments -n shop --verb=get,list,watch --resource=deployments.apps
kubectl create rolebinding read-deployments -n shop --role=read-deployments --user=system:serviceaccount:shop:dev`,
		);
		expect(grantCommand(message("configmaps", "", "at the cluster scope"))).toContain("-n NAMESPACE");
	});

	it("is a cluster role for a kind that has no namespaces", () => {
		expect(grantCommand(message("catalogsources", "portal.pave.dev", "at the cluster scope"))).toBe(
			`kubectl create clusterrole read-catalogsources --verb=get,list,watch --resource=catalogsources.portal.pave.dev
kubectl create clusterrolebinding read-catalogsources --clusterrole=read-catalogsources --user=system:serviceaccount:shop:dev`,
		);
		expect(grantCommand(message("nodes", "", "at the cluster scope"))).not.toMatch(/ -n | role /);
	});

	it("to a namespace is the role to view it, for who asks", () => {
		expect(viewCommand("argocd", "system:serviceaccount:shop:dana")).toBe(
			"kubectl create rolebinding view-dana -n argocd \\\n  --clusterrole=view --serviceaccount=shop:dana",
		);
		expect(viewCommand(undefined, "Ann@x.org")).toBe(
			"kubectl create rolebinding view-ann-x-org -n NAMESPACE \\\n  --clusterrole=view --user=Ann@x.org",
		);
	});

	it("is not made up for another refusal", () => {
		expect(grantCommand("Deployment is refused by policy")).toBeUndefined();
	});
});
