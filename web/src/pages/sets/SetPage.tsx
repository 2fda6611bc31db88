import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { refKey, resources } from "../../api/resources.ts";
import type { Application, ApplicationSet, SetApplication } from "../../api/types.ts";
import { type FoundObject, useObject } from "../../api/useObject.ts";
import { useApplicationList } from "../../live/hooks.ts";
import { projectHref } from "../../model/links.ts";
import { generatorsText, membersText, stepState, stepsOf } from "../../model/sets.ts";
import { healthState } from "../../model/state.ts";
import { Go } from "../../ui/Anchor.tsx";
import { PageBones } from "../../ui/Bones.tsx";
import { CopyMenu } from "../../ui/CopyMenu.tsx";
import { Yaml } from "../../ui/code/Code.tsx";
import { EventList } from "../../ui/EventList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import type { Column } from "../../ui/list/column.ts";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { ReachBar, seen } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StatePill, StateText } from "../../ui/StateIcon.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { WhyButton } from "../../ui/Why.tsx";
import { Lines } from "../application/Banner.tsx";
import { AppList } from "../applications/AppList.tsx";
import type { AppRow } from "../applications/columns.tsx";
import { Generators } from "./Generators.tsx";
import { SetDetails } from "./SetDetails.tsx";
import { Steps } from "./Steps.tsx";

function tabsOf(set: ApplicationSet) {
	const steps = stepsOf(set).length;
	return [
		{ id: "applications", label: "Applications", count: set.status?.resourcesCount },
		...(steps > 0 ? [{ id: "steps", label: "Steps", count: steps }] : []),
		{ id: "generators", label: "Generators", count: set.spec?.generators?.length },
		{ id: "details", label: "Details" },
		{ id: "events", label: "Events" },
		{ id: "yaml", label: "YAML" },
	];
}

/** What went wrong with it; how far a rollout is stands on its own tab. */
function faultsOf(set: ApplicationSet) {
	return (set.status?.conditions ?? [])
		.filter((c) => c.type === "ErrorOccurred" && c.status === "True")
		.map((c) => ({ state: "fail" as const, text: c.message || c.reason || c.type }));
}

function stepColumn(set: ApplicationSet): Column<AppRow>[] {
	if (stepsOf(set).length === 0) return [];
	const known = new Map<string, SetApplication>();
	for (const one of set.status?.applicationStatus ?? []) known.set(one.application ?? "", one);
	const text = (of: SetApplication | undefined) =>
		of ? `${Number(of.step) > 0 ? `Step ${of.step}` : "No step"}, ${of.status?.toLowerCase()}` : "";
	return [
		{
			id: "step",
			header: "Step",
			rem: 9,
			cell: (r) => {
				const of = known.get(r.name);
				return of ? <StateText state={stepState(of.status)}>{text(of)}</StateText> : null;
			},
			value: (r) => text(known.get(r.name)),
		},
	];
}

function Members({ set }: { set: ApplicationSet }) {
	const apps = useApplicationList();
	const members = set.status?.resources;
	const which = useMemo(() => {
		const keys = new Set(members?.map(refKey));
		return (app: Application) =>
			keys.has(refKey({ group: "argoproj.io", kind: "Application", ...app.metadata })) ||
			(app.metadata.namespace === set.metadata.namespace &&
				app.metadata.ownerReferences?.some(
					(o) => o.kind === "ApplicationSet" && o.name === set.metadata.name,
				) === true);
	}, [members, set.metadata.namespace, set.metadata.name]);
	const more = useMemo(() => stepColumn(set), [set]);
	return (
		<>
			<ReachBar of={[seen("applications", apps)]} />
			<AppList
				snapshot={apps}
				which={which}
				more={more}
				empty={
					<Notice title="It makes no applications now">
						<p>Its generators found nothing, or nothing could be made of what they found: see Details.</p>
					</Notice>
				}
			/>
		</>
	);
}

function Loaded({ set, found }: { set: ApplicationSet; found: FoundObject }) {
	const tabs = tabsOf(set);
	const [tab, setTab] = useTab(tabs);
	const { name, namespace, resourceVersion } = set.metadata;
	const health = set.status?.health?.status ?? "Unknown";
	const project = set.spec?.template?.spec?.project;
	const members = set.status?.resources ?? [];
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead
				icon={<KindIcon kind="ApplicationSet" size={20} />}
				title={name}
				name={name}
				kind="ApplicationSet"
				state={<StatePill state={healthState(health)}>{health}</StatePill>}
				sub={
					<>
						<span>makes {membersText(members, set.status?.resourcesCount ?? members.length)}</span>
						<span>from {generatorsText(set)}</span>
						{project && !project.includes("{{") ? (
							<span>
								in project <Go href={projectHref("argocd", project)}>{project}</Go>
							</span>
						) : null}
					</>
				}
				actions={
					<>
						<WhyButton
							name={name}
							path={found.path}
							resourceVersion={resourceVersion}
							command={`pave why applicationset/${name} -n ${namespace}`}
						/>
						<CopyMenu kind={resources.applicationSets.plural} name={name} namespace={namespace} />
					</>
				}
			>
				<TabBar tabs={tabs} label={`About ${name}`} />
			</PageHead>
			<Lines lines={faultsOf(set)} />
			<TabBody tab={tab}>
				{tab === "applications" ? <Members set={set} /> : null}
				{tab === "steps" ? <Steps set={set} /> : null}
				{tab === "generators" ? <Generators set={set} /> : null}
				{tab === "details" ? <SetDetails set={set} /> : null}
				{tab === "events" ? (
					<Scroll>
						<EventList about={[set]} />
					</Scroll>
				) : null}
				{tab === "yaml" ? (
					<Scroll>
						<Yaml object={set} label={`ApplicationSet ${name}`} />
					</Scroll>
				) : null}
			</TabBody>
		</TabRoot>
	);
}

export function SetPage() {
	const { namespace = "", name = "" } = useParams({ strict: false });
	const ref = useMemo(
		() => ({ group: "argoproj.io", version: "v1alpha1", kind: "ApplicationSet", namespace, name }),
		[namespace, name],
	);
	const found = useObject(ref);
	if (found.loading) return <PageBones />;
	if (!found.object) return <Failure page error={found.error} what={`application set ${name}`} />;
	return <Loaded set={found.object as ApplicationSet} found={found} />;
}
