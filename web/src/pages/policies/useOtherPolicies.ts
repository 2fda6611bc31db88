import { useMemo } from "react";
import { constraintResource, streamId } from "../../api/resources.ts";
import type { AdmissionBinding, AdmissionPolicy, Constraint, ConstraintTemplate } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { mergeSnapshots, useLive, useStreams } from "../../live/hooks.ts";
import { celPolicies, constraintKind, gatekeeperPolicies } from "../../model/policies.ts";
import type { Seen } from "../../model/reach.ts";
import type { Policy } from "../../model/violations.ts";
import { seen } from "../../ui/Reach.tsx";

export interface OtherPolicies {
	policies: Policy[];
	seen: Seen[];
	loading: boolean;
}

/** Templates say which kinds of constraints there are. */
function useConstraints(templates: Snapshot<ConstraintTemplate>): Snapshot<Constraint> {
	const kinds = templates.items.map(constraintKind).filter(Boolean).sort().join(" ");
	const streams = useMemo(
		() => (kinds === "" ? [] : kinds.split(" ").map((kind) => streamId(constraintResource(kind)))),
		[kinds],
	);
	const all = useStreams(streams);
	return useMemo(() => mergeSnapshots(all) as Snapshot<Constraint>, [all]);
}

/** Policies that are not in ConfigMaps. */
export function useOtherPolicies(): OtherPolicies {
	const templates = useLive<ConstraintTemplate>("constraintTemplates");
	const constraints = useConstraints(templates);
	const inCel = useLive<AdmissionPolicy>("admissionPolicies");
	const bindings = useLive<AdmissionBinding>("admissionBindings");
	const policies = useMemo(
		() => [
			...gatekeeperPolicies(templates.items, constraints.items),
			...celPolicies(inCel.items, bindings.items),
		],
		[templates.items, constraints.items, inCel.items, bindings.items],
	);
	return {
		policies,
		seen: [
			seen("constraint templates", templates),
			seen("constraints", constraints),
			seen("ValidatingAdmissionPolicies", inCel),
			seen("their bindings", bindings),
		],
		loading: [templates, constraints, inCel, bindings].some((s) => s.state === "loading"),
	};
}
