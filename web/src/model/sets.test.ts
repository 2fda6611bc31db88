import { expect, test } from "vitest";
import type { ApplicationSet, Generator } from "../api/types.ts";
import { expressionText, generatorsText, generatorViews, inNoStep, membersText, stepsOf } from "./sets.ts";

function set(spec: ApplicationSet["spec"], status: ApplicationSet["status"] = {}): ApplicationSet {
	return { metadata: { name: "s", namespace: "argocd" }, spec, status };
}

const git: Generator = {
	git: { repoURL: "https://g/x.git", directories: [{ path: "a/*" }, { path: "a/b", exclude: true }] },
};
const list: Generator = { list: { elements: [{ region: "north", size: 1 }, { region: "south" }] } };

test("a generator says where it looks and what stands in it", () => {
	const [one] = generatorViews(set({ generators: [git] }));
	expect(one?.kind).toBe("Git directories");
	expect(one?.facts).toEqual([
		["Repository", "https://g/x.git"],
		["Revision", "HEAD"],
		["Directories", "a/*, !a/b"],
	]);
	const [elements] = generatorViews(set({ generators: [list] }));
	expect(elements?.elements).toEqual(["region=north, size=1", "region=south"]);
	const [clusters] = generatorViews(
		set({
			generators: [
				{
					clusters: { selector: { matchLabels: { env: "prod" } } },
					selector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
				},
			],
		}),
	);
	expect(clusters?.facts).toEqual([
		["Clusters with", "env=prod"],
		["Only where", "a is there"],
	]);
	const [pulls] = generatorViews(
		set({
			generators: [
				{ pullRequest: { github: { owner: "o", repo: "r", labels: ["x"] }, requeueAfterSeconds: 60 } },
			],
		}),
	);
	expect(pulls?.facts).toEqual([
		["Forge", "github"],
		["Of", "o/r"],
		["Labels", "x"],
		["Looked at", "every 60 s"],
	]);
});

test("one of several names them, each kind once", () => {
	const matrix = set({
		generators: [{ matrix: { generators: [list, { merge: { mergeKeys: ["a"], generators: [git, git] } }] } }],
	});
	expect(generatorsText(matrix)).toBe("List, Git directories");
	expect(generatorViews(matrix)[0]?.below[1]?.below.map((g) => g.key)).toEqual(["0.1.0", "0.1.1"]);
	expect(generatorsText(set({}))).toBe("");
	expect(generatorViews(set({ generators: [{ later: null }] }))[0]?.kind).toBe("later");
});

test("a rolling sync's first step that is not done is the current one", () => {
	const rolling = set(
		{
			strategy: {
				type: "RollingSync",
				rollingSync: {
					steps: [
						{ matchExpressions: [{ key: "env", operator: "In", values: ["dev"] }] },
						{ matchExpressions: [{ key: "env", operator: "NotIn", values: ["dev", "qa"] }], maxUpdate: 1 },
					],
				},
			},
		},
		{
			applicationStatus: [
				{ application: "a", step: "1", status: "Healthy" },
				{ application: "b", step: "2", status: "Pending" },
				{ application: "c", step: "-1", status: "Healthy" },
			],
		},
	);
	expect(stepsOf(rolling).map((s) => [s.which, s.most, s.done, s.applications.length, s.current])).toEqual([
		["env is dev", "all at once", 1, 1, false],
		["env is not dev, qa", "1 at a time", 0, 1, true],
	]);
	expect(inNoStep(rolling).map((a) => a.application)).toEqual(["c"]);
	expect(stepsOf(set({ strategy: { type: "AllAtOnce" } }))).toEqual([]);
	expect(inNoStep(set({}, rolling.status))).toEqual([]);
	expect(expressionText({ key: "a", operator: "DoesNotExist" })).toBe("a is not there");
});

test("its applications in few words", () => {
	const of = (status: string, health: string) => ({
		kind: "Application",
		name: "x",
		status,
		health: { status: health },
	});
	expect(membersText([of("Synced", "Healthy")], 1)).toBe("1 application");
	expect(membersText([of("OutOfSync", "Degraded"), of("OutOfSync", "Healthy")], 2)).toBe(
		"2 applications, 2 out of sync, 1 not well",
	);
});
