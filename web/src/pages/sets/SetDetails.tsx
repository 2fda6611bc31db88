import type { ApplicationSet } from "../../api/types.ts";
import { stepsOf } from "../../model/sets.ts";
import { plural } from "../../model/text.ts";
import { Card, Cards, Facts } from "../../ui/Card.tsx";
import { ConditionList } from "../../ui/ConditionList.tsx";
import { Yaml } from "../../ui/code/Code.tsx";

const deeds: Record<string, string> = {
	"create-only": "Made, never changed and never deleted",
	"create-update": "Made and changed, never deleted",
	"create-delete": "Made and deleted, never changed",
	sync: "Made, changed and deleted",
};

export function SetDetails({ set }: { set: ApplicationSet }) {
	const { syncPolicy, goTemplate, template } = set.spec ?? {};
	const steps = stepsOf(set).length;
	return (
		<Cards>
			<Card title="What becomes of its applications">
				<Facts
					facts={[
						[
							"When parameters change",
							deeds[syncPolicy?.applicationsSync ?? "sync"] ?? syncPolicy?.applicationsSync,
						],
						[
							"When one of them goes",
							syncPolicy?.preserveResourcesOnDeletion ? "its objects stay" : "as its finalizers say",
						],
						["Rollout", steps > 0 ? `Step by step, ${plural(steps, "step")}` : "All at once"],
						["Template", goTemplate ? "Go template" : "{{parameter}}"],
					]}
				/>
			</Card>
			<Card title="Conditions" aside={set.status?.conditions?.length || null}>
				<ConditionList conditions={set.status?.conditions ?? []} none="Not looked at yet." />
			</Card>
			<Card title="Template" flush>
				<Yaml object={template} label="Template" />
			</Card>
		</Cards>
	);
}
