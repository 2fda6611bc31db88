import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useGovernance } from "../../api/reports.ts";
import type { PolicyExemption, PolicyRollout } from "../../api/types.ts";
import { sessionQuery } from "../../app/queries.ts";
import { useLive } from "../../live/hooks.ts";
import { viewCommand } from "../../model/reach.ts";
import { listText } from "../../model/text.ts";
import { policyNamespaces } from "../../model/violations.ts";
import { Bones } from "../../ui/Bones.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Part, ReachBar, seen } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { ExemptionList } from "./ExemptionList.tsx";
import { PolicyList } from "./PolicyList.tsx";
import { Rollouts } from "./Rollouts.tsx";
import { useOtherPolicies } from "./useOtherPolicies.ts";
import { ViolationList } from "./ViolationList.tsx";

const example = `kubectl apply -f - <<EOF
apiVersion: v1
kind: ConfigMap
metadata:
  name: resource-limits
  namespace: pave-system
  labels: {openpolicyagent.org/policy: rego}
  annotations: {pave.dev/enforcement: audit}
data:
  limits.rego: |
    package kubernetes.admission
    deny[msg] {
      input.request.kind.kind == "Deployment"
      container := input.request.object.spec.template.spec.containers[_]
      not container.resources.limits
      msg := sprintf("Container '%v' must declare resource limits", [container.name])
    }
EOF`;

const exampleRollout = `kubectl apply -f - <<EOF
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyRollout
metadata: {name: resource-limits}
spec:
  policies:
  - {kind: ConfigMap, namespace: pave-system, name: resource-limits}
  environments:
  - {name: staging, namespaces: ["*-staging"]}
  - {name: production}
EOF`;

function NoRollouts() {
	return (
		<Notice title="No rollouts" command={exampleRollout}>
			<p>
				A rollout brings policies into force by itself: a week of audit, four weeks of warnings, then
				refusals, one environment after the other and only once nobody is left to refuse.
			</p>
		</Notice>
	);
}

export function Policies() {
	const others = useOtherPolicies();
	const governance = useGovernance();
	const { data: session } = useQuery(sessionQuery);
	const { maps, unread, violations, error, retry } = governance;
	const loading = governance.loading || others.loading;
	const policies = [...governance.policies, ...others.policies].sort((a, b) => a.name.localeCompare(b.name));
	const rollouts = useLive<PolicyRollout>("policyRollouts");
	const exemptions = useLive<PolicyExemption>("policyExemptions");
	const reports = useLive("policyFindings");
	const clusterReports = useLive("clusterPolicyFindings");
	const tabs = [
		{ id: "policies", label: "Policies", count: policies.length },
		{ id: "violations", label: "Violations", count: violations.length },
		{ id: "rollouts", label: "Rollouts", count: rollouts.items.length },
		{ id: "exemptions", label: "Exemptions", count: exemptions.items.length },
	];
	const [tab, setTab] = useTab(tabs);
	if (
		!loading &&
		!error &&
		!unread &&
		policies.length === 0 &&
		violations.length === 0 &&
		rollouts.items.length === 0 &&
		exemptions.items.length === 0
	)
		return (
			<>
				<PageHead title="Policies" name="Policies" />
				<Notice title="No policies yet" command={example}>
					<p>
						A policy is a ConfigMap with Rego in it, a constraint of Gatekeeper or a
						ValidatingAdmissionPolicy. Start with <code>audit</code>: it lists who would be refused and
						refuses nobody.
					</p>
				</Notice>
			</>
		);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead title="Policies" name="Policies">
				<TabBar tabs={tabs} label="Policies" />
			</PageHead>
			<ReachBar
				of={[
					seen("policies", maps),
					seen("violations", reports),
					seen("violations of objects without a namespace", clusterReports),
					...others.seen,
					seen("rollouts", rollouts),
					seen("exemptions", exemptions),
				]}
			/>
			<TabBody tab={tab}>
				{error ? <Failure error={error} what="policy reports" retry={retry} /> : null}
				{tab === "policies" ? (
					<Scroll>
						{unread && policies.length === 0 ? (
							<Notice
								icon={<IconLock size={20} stroke={1.5} />}
								title="You have no right to read policies"
								command={viewCommand(policyNamespaces[0], session?.user)}
							>
								<p>
									They are kept in {listText(policyNamespaces)}. What breaks them where you may read is listed
									under Violations. Who administers the platform can let you see them:
								</p>
							</Notice>
						) : loading ? (
							<Bones inset />
						) : (
							<PolicyList policies={policies} violations={violations} rollouts={rollouts.items} />
						)}
					</Scroll>
				) : tab === "rollouts" ? (
					<Scroll>
						<Part what="rollouts" snapshot={rollouts}>
							{rollouts.items.length > 0 ? <Rollouts rollouts={rollouts.items} /> : <NoRollouts />}
						</Part>
					</Scroll>
				) : tab === "exemptions" ? (
					<Part what="exemptions" snapshot={exemptions}>
						<ExemptionList exemptions={exemptions} />
					</Part>
				) : (
					<ViolationList violations={violations} loading={loading} />
				)}
			</TabBody>
		</TabRoot>
	);
}
