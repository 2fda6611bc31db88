/** Words for what policies have against something. */
import type { Objection } from "../api/types.ts";

/** "Probes probes, violation (template:5)" */
export function policyText({ policy, rule }: Objection): string {
	if (!policy) return "";
	const name = [policy.namespace, policy.name].filter(Boolean).join("/");
	return [`${policy.kind} ${name}`, rule].filter(Boolean).join(", ");
}

/** Of Rego the body that held is shown, of CEL what decided: of `a || b` one must hold, of all() each. */
export function statementsTitle({ statements = [] }: Objection): string {
	const one = statements.length === 1;
	if (!statements[0]?.line) return one ? "To pass, this must hold" : "None of these holds";
	return one ? "To pass, this must not hold" : "To pass, one of these must not hold";
}

type Read = NonNullable<Objection["reads"]>[number];

function stateText({ hidden, large }: Read): string {
	return hidden ? "is not told" : large ? "is there" : "is not set";
}

/** Parts of the sentence, and which of them are code: "spec.replicas" is "9". */
export function readText(read: Read): [string, boolean][] {
	const path: [string, boolean] = [read.field ?? read.param ?? read.name ?? "", true];
	const rest: [string, boolean][] =
		read.value === undefined
			? [[stateText(read), false]]
			: [
					["is", false],
					[JSON.stringify(read.value), true],
				];
	return read.param === undefined ? [path, ...rest] : [["parameter", false], path, ...rest];
}
