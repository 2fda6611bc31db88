/** An ApplicationSet in words: what its generators look at, and how far its rollout is. */
import type {
	ApplicationSet,
	AppResource,
	Generator,
	MatchExpression,
	SetApplication,
} from "../api/types.ts";
import type { State } from "./state.ts";
import { plural } from "./text.ts";

export interface GeneratorView {
	key: string;
	/** "Git directories". */
	kind: string;
	/** Where it looks, and for what. */
	facts: [name: string, value: string][];
	/** The sets of parameters that stand in it, each by what is in it. */
	elements: string[];
	/** It is made of these. */
	below: GeneratorView[];
}

type Fields = Record<string, unknown>;

const kinds: Record<string, string> = {
	list: "List",
	clusters: "Clusters",
	git: "Git",
	scmProvider: "Repositories of a forge",
	pullRequest: "Pull requests",
	plugin: "Plugin",
	clusterDecisionResource: "Cluster decision",
	matrix: "Matrix: each of the first with each of the second",
	merge: "Merge: what has the same keys is one",
};

const forges = [
	"github",
	"gitlab",
	"gitea",
	"bitbucketServer",
	"bitbucket",
	"azureDevOps",
	"azuredevops",
	"awsCodeCommit",
];

function fields(value: unknown): Fields {
	return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function word(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function pairs(value: unknown): string {
	return Object.entries(fields(value))
		.map(([name, of]) => `${name}=${word(of)}`)
		.join(", ");
}

export function expressionText({ key, operator, values }: MatchExpression): string {
	const of = values?.join(", ") ?? "";
	if (operator === "In") return `${key} is ${of}`;
	if (operator === "NotIn") return `${key} is not ${of}`;
	if (operator === "Exists") return `${key} is there`;
	return operator === "DoesNotExist" ? `${key} is not there` : [key, operator, of].filter(Boolean).join(" ");
}

function selectorText(value: unknown): string {
	const { matchLabels, matchExpressions } = fields(value);
	return [pairs(matchLabels), ...list(matchExpressions).map((e) => expressionText(e as MatchExpression))]
		.filter(Boolean)
		.join(", ");
}

/** Patterns, those that leave out with a "!". */
function patterns(value: unknown): string {
	return list(value)
		.map((item) => `${fields(item).exclude ? "!" : ""}${word(fields(item).path)}`)
		.join(", ");
}

function gitFacts(git: Fields): [string, string][] {
	return [
		["Repository", word(git.repoURL)],
		["Revision", word(git.revision) || "HEAD"],
		["Directories", patterns(git.directories)],
		["Files", patterns(git.files)],
	];
}

/** Of a forge: whose repositories, and what of them counts. */
function forgeFacts(of: Fields): [string, string][] {
	const forge = forges.find((name) => of[name] !== undefined) ?? "";
	const { owner, organization, group, project, repo, labels } = fields(of[forge]);
	return [
		["Forge", forge],
		["Of", [owner ?? organization ?? group ?? project, repo].map(word).filter(Boolean).join("/")],
		["Labels", list(labels).map(word).join(", ")],
		["Filters", list(of.filters).map(pairs).join("; ")],
	];
}

function factsOf(kind: string, of: Fields): [string, string][] {
	if (kind === "git") return gitFacts(of);
	if (kind === "scmProvider" || kind === "pullRequest") return forgeFacts(of);
	if (kind === "clusters") return [["Clusters with", selectorText(of.selector) || "any label"]];
	if (kind === "merge") return [["Same", list(of.mergeKeys).map(word).join(", ")]];
	if (kind === "plugin") return [["Plugin", word(fields(of.configMapRef).name)]];
	if (kind === "clusterDecisionResource") return [["Decided by", word(of.configMapRef)]];
	return [];
}

function generatorView(generator: Generator, key: string): GeneratorView {
	const kind = Object.keys(generator).find((name) => name !== "selector") ?? "";
	const of = fields(generator[kind]);
	const which = kind === "git" ? (of.files ? "Git files" : "Git directories") : (kinds[kind] ?? kind);
	const facts: [string, string][] = [
		...factsOf(kind, of),
		["Values", pairs(of.values)],
		["Only where", selectorText(generator.selector)],
		["Its own project", word(fields(fields(of.template).spec).project)],
		["Looked at", of.requeueAfterSeconds ? `every ${word(of.requeueAfterSeconds)} s` : ""],
	];
	return {
		key,
		kind: which,
		facts: facts.filter(([, value]) => value !== ""),
		elements: kind === "list" ? list(of.elements).map(pairs) : [],
		below: list(of.generators).map((one, at) => generatorView(fields(one), `${key}.${at}`)),
	};
}

export function generatorViews(set: ApplicationSet): GeneratorView[] {
	return (set.spec?.generators ?? []).map((one, at) => generatorView(one, String(at)));
}

/** "Git directories, Clusters": what it is made of, in a list. */
export function generatorsText(set: ApplicationSet): string {
	const flat = (of: GeneratorView[]): string[] =>
		of.flatMap((one) => (one.below.length > 0 ? flat(one.below) : [one.kind]));
	return [...new Set(flat(generatorViews(set)))].join(", ");
}

const stepStates: Record<string, State> = {
	Waiting: "unknown",
	Pending: "progress",
	Progressing: "progress",
	Healthy: "ok",
};

export function stepState(status: string | undefined): State {
	return stepStates[status ?? ""] ?? "unknown";
}

export interface Step {
	number: number;
	/** Which Applications are in it. */
	which: string;
	/** How many of them at a time. */
	most: string;
	applications: SetApplication[];
	done: number;
	/** The first that is not done: those behind it wait. */
	current: boolean;
}

/** The steps of a rolling sync; none if all are synced as they come. */
export function stepsOf(set: ApplicationSet): Step[] {
	const { type, rollingSync } = set.spec?.strategy ?? {};
	if (type !== "RollingSync") return [];
	const known = set.status?.applicationStatus ?? [];
	const steps = (rollingSync?.steps ?? []).map((step, at) => {
		const applications = known.filter((a) => Number(a.step) === at + 1);
		return {
			number: at + 1,
			which: (step.matchExpressions ?? []).map(expressionText).join(" and ") || "all others",
			most: step.maxUpdate === undefined ? "all at once" : `${step.maxUpdate} at a time`,
			applications,
			done: applications.filter((a) => a.status === "Healthy").length,
			current: false,
		};
	});
	const first = steps.find((step) => step.done < step.applications.length);
	return steps.map((step) => ({ ...step, current: step === first }));
}

/** Applications that no step takes are synced by nobody. */
export function inNoStep(set: ApplicationSet): SetApplication[] {
	if (stepsOf(set).length === 0) return [];
	return (set.status?.applicationStatus ?? []).filter((a) => !(Number(a.step) > 0));
}

/** Its Applications, by their states in few words: "12 applications, 2 out of sync, 1 degraded". */
export function membersText(members: readonly AppResource[], count: number): string {
	const of = (how: (r: AppResource) => boolean) => members.filter(how).length;
	const drifted = of((r) => r.status === "OutOfSync");
	const ill = of((r) => r.health?.status === "Degraded" || r.health?.status === "Missing");
	return [
		plural(count, "application"),
		drifted > 0 ? `${drifted} out of sync` : "",
		ill > 0 ? `${ill} not well` : "",
	]
		.filter(Boolean)
		.join(", ");
}
