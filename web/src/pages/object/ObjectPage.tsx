import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import type { Obj, Ref, Workload } from "../../api/types.ts";
import { type FoundObject, useObject } from "../../api/useObject.ts";
import { podsOf } from "../../model/chain.ts";
import { standingState } from "../../model/failing.ts";
import { Bones, PageBones } from "../../ui/Bones.tsx";
import { Card, Cards } from "../../ui/Card.tsx";
import { CopyMenu } from "../../ui/CopyMenu.tsx";
import { Yaml } from "../../ui/code/Code.tsx";
import { EventList } from "../../ui/EventList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { Failure } from "../../ui/Notice.tsx";
import { ObjectSummary } from "../../ui/ObjectSummary.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { WhyButton, WhyNot } from "../../ui/Why.tsx";
import { Blocks } from "./Blocks.tsx";
import { OwnerChain } from "./OwnerChain.tsx";
import { hasParts, PodCard, useParts } from "./Parts.tsx";

const Logs = lazy(() => import("../../ui/Logs.tsx").then((m) => ({ default: m.Logs })));

const tabsOf = (kind: string | undefined) => [
	{ id: "summary", label: "Summary" },
	{ id: "events", label: "Events" },
	...(kind === "Pod" || hasParts(kind) ? [{ id: "logs", label: "Logs" }] : []),
	{ id: "yaml", label: "YAML" },
];

function whyCommand({ kind, name, namespace }: Ref): string {
	return `pave why ${kind.toLowerCase()}/${name}${namespace ? ` -n ${namespace}` : ""}`;
}

function Loaded({ object, found, reference }: { object: Obj; found: FoundObject; reference: Ref }) {
	const tabs = tabsOf(object.kind);
	const [tab, setTab] = useTab(tabs);
	const { name, namespace, resourceVersion } = object.metadata;
	const parts = useParts(object);
	const condensed = standingState(object as Workload, parts.items);
	const about = useMemo(() => [object, ...parts.items], [object, parts]);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead
				icon={<KindIcon kind={reference.kind} size={20} />}
				title={name}
				name={name}
				kind={reference.kind}
				state={condensed ? <StatePill state={condensed.state}>{condensed.word}</StatePill> : null}
				sub={
					<>
						<span>{reference.kind}</span>
						<span>{object.apiVersion}</span>
						{namespace ? <span>in {namespace}</span> : null}
						{condensed?.message ? <span>{condensed.message}</span> : null}
					</>
				}
				actions={
					<>
						<WhyButton
							name={name}
							path={found.path}
							resourceVersion={resourceVersion}
							command={whyCommand(reference)}
						/>
						<CopyMenu
							kind={found.resource?.plural ?? reference.kind.toLowerCase()}
							name={name}
							namespace={namespace}
						/>
					</>
				}
			>
				<TabBar tabs={tabs} label={`About ${name}`} />
			</PageHead>
			<TabBody tab={tab}>
				{tab === "summary" ? (
					<Scroll flush>
						<Cards>
							<Card title="Summary">
								<ObjectSummary object={object} parts={parts.items} />
							</Card>
							<Blocks object={object} />
							{hasParts(object.kind) ? <PodCard parts={parts} /> : null}
							<Card title="Comes from">
								<OwnerChain object={object} />
							</Card>
							<Card title="Latest events">
								<EventList about={about} most={6} />
							</Card>
						</Cards>
					</Scroll>
				) : null}
				{tab === "events" ? (
					<Scroll>
						<EventList about={about} />
					</Scroll>
				) : null}
				{tab === "logs" ? (
					<Scroll>
						<Suspense fallback={<Bones lines={4} />}>
							<Logs pods={podsOf(object, parts.items)} />
						</Suspense>
					</Scroll>
				) : null}
				{tab === "yaml" ? (
					<Scroll>
						<Yaml object={object} label={`${reference.kind} ${name}`} />
					</Scroll>
				) : null}
			</TabBody>
		</TabRoot>
	);
}

export function ObjectPage() {
	const params = useParams({ strict: false }) as Record<string, string>;
	const { group, version, kind, namespace, name } = params;
	const ref = useMemo<Ref>(
		() => ({
			group: group === "core" ? "" : group,
			version,
			kind: kind ?? "",
			namespace: namespace === "-" ? undefined : namespace,
			name: name ?? "",
		}),
		[group, version, kind, namespace, name],
	);
	const found = useObject(ref);
	if (found.loading) return <PageBones cards={3} />;
	if (!found.object)
		return (
			<>
				<Failure page error={found.error} what={`${ref.kind} ${ref.name}`} />
				<WhyNot path={found.path} command={whyCommand(ref)} />
			</>
		);
	return <Loaded object={found.object} found={found} reference={ref} />;
}
