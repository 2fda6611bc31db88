import { refOf } from "../src/api/resources.ts";
import type { Why } from "../src/api/types.ts";
import { type Any, before, hex } from "./data/make.ts";

/** A believable account of the last plans of one object. */
export function whyOf(obj: Any): Why {
	const ref = refOf(obj);
	const name = obj.metadata.name;
	if (obj.kind === "Application") {
		const status = obj.status as { sync?: { status?: string } };
		const drift = status.sync?.status === "OutOfSync";
		const namespace = (obj.spec as { destination?: { namespace?: string } }).destination?.namespace;
		return {
			object: ref,
			plans: [
				{
					controller: "delivery/application",
					at: before(20),
					reason: drift ? "Deployment changed in the cluster" : "Git poll found no new commit",
					summary: drift
						? "Live state differs from Git and automated sync is off: 1 object to update, 1 to prune"
						: "Everything is as Git says: nothing to do",
					facts: [
						{
							key: `git https://git.halden.example/deploy.git main → ${hex(name, 7)}`,
							state: "fresh",
							at: before(35),
						},
						{ key: `manifests apps/${name}`, state: "fresh", at: before(35) },
					],
					differences: drift
						? [
								{
									action: "differs",
									object: { apiVersion: "apps/v1", kind: "Deployment", namespace, name },
									diff: [
										{ path: "spec.replicas", from: 5, to: 2 },
										{
											path: "spec.template.spec.containers[name=route-planner].resources.limits.memory",
											from: "512Mi",
											to: "768Mi",
										},
									],
								},
								{
									action: "extra",
									object: { apiVersion: "batch/v1", kind: "CronJob", namespace, name: `${name}-nightly` },
								},
							]
						: undefined,
					changes: [],
					effects: [],
				},
				{
					controller: "delivery/application",
					at: before(3600),
					reason: "Commit pushed",
					summary: "Applied 3 objects",
					facts: [],
					changes: [
						{
							action: "status",
							object: { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name },
							diff: [{ path: "status.sync.revision", from: hex(`${name}3`, 40), to: hex(name, 40) }],
						},
					],
					effects: [],
				},
			],
			nextRun: new Date(Date.now() + 120_000).toISOString(),
		};
	}
	return {
		object: ref,
		plans: [
			{
				controller: `infrastructure/${obj.kind?.toLowerCase()}`,
				at: before(60),
				reason: "A Pod it owns changed",
				summary: "Status brought up to date",
				facts: [],
				changes: [
					{ action: "status", object: ref, diff: [{ path: "status.readyReplicas", from: 3, to: 2 }] },
				],
				effects: [],
			},
		],
	};
}
