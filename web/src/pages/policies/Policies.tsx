import { useGovernance } from "../../api/reports.ts";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { PolicyList } from "./PolicyList.tsx";
import { ViolationList } from "./ViolationList.tsx";

const example = `kubectl -n pave-system create configmap internal-registry --from-file=registry.rego
kubectl -n pave-system annotate configmap internal-registry pave.dev/enforcement=audit
kubectl -n pave-system label configmap internal-registry openpolicyagent.org/policy=rego`;

export function Policies() {
	const governance = useGovernance();
	const { policies, violations, loading, error, retry } = governance;
	const tabs = [
		{ id: "policies", label: "Policies", count: policies.length },
		{ id: "violations", label: "Violations", count: violations.length },
	];
	const [tab, setTab] = useTab(tabs);
	if (!loading && !error && policies.length === 0 && violations.length === 0)
		return (
			<>
				<PageHead title="Policies" name="Policies" />
				<Notice title="No policies yet" command={example}>
					<p>
						A policy is a ConfigMap with Rego in it. Start with <code>audit</code>: it lists who would be
						refused and refuses nobody.
					</p>
				</Notice>
			</>
		);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead title="Policies" name="Policies">
				<TabBar tabs={tabs} label="Policies" />
			</PageHead>
			<TabBody tab={tab}>
				{error ? <Failure error={error} what="policy reports" retry={retry} /> : null}
				{tab === "policies" ? (
					<Scroll>
						<PolicyList policies={policies} violations={violations} />
					</Scroll>
				) : (
					<ViolationList violations={violations} loading={loading} />
				)}
			</TabBody>
		</TabRoot>
	);
}
