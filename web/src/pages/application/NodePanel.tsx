import { ActionIcon } from "@mantine/core";
import { IconExternalLink, IconX } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Application, Obj } from "../../api/types.ts";
import { useObject } from "../../api/useObject.ts";
import { isElsewhere } from "../../model/apps.ts";
import { podsOf } from "../../model/chain.ts";
import { objectHref } from "../../model/links.ts";
import { rootId, type TreeNode } from "../../model/tree.ts";
import { Go } from "../../ui/Anchor.tsx";
import { Bones } from "../../ui/Bones.tsx";
import { Yaml } from "../../ui/code/Code.tsx";
import { EventList } from "../../ui/EventList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { Middle } from "../../ui/Middle.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { ObjectSummary } from "../../ui/ObjectSummary.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import { SyncPill } from "../../ui/Sync.tsx";
import { TabBar, TabBody, TabRoot } from "../../ui/Tabs.tsx";
import { WhyPanel } from "../../ui/Why.tsx";
import { hasParts } from "../object/Parts.tsx";
import { MemberList } from "./MemberList.tsx";
import { NodeDiff } from "./NodeDiff.tsx";
import css from "./NodePanel.module.css";

const Logs = lazy(() => import("../../ui/Logs.tsx").then((m) => ({ default: m.Logs })));

/** Of what has pods, what they say, too. */
const tabsOf = (kind: string) => [
	{ id: "summary", label: "Summary" },
	{ id: "diff", label: "Diff" },
	{ id: "events", label: "Events" },
	...(kind === "Pod" || hasParts(kind) ? [{ id: "logs", label: "Logs" }] : []),
	{ id: "yaml", label: "YAML" },
	{ id: "why", label: "Why" },
];

const tabsElsewhere = [
	{ id: "summary", label: "Summary" },
	{ id: "diff", label: "Diff" },
];

export interface NodePanelProps {
	node: TreeNode;
	app: Application;
	appPath: string;
	/** What the tree is made of. */
	objects: readonly Obj[];
	onClose: () => void;
}

export function NodePanel(props: NodePanelProps) {
	const { node, app, onClose } = props;
	const [tab, setTab] = useState("summary");
	const elsewhere = node.id !== rootId && isElsewhere(app);
	const live = useObject(node.members || elsewhere ? undefined : node.ref);
	const tabs = useMemo(() => (elsewhere ? tabsElsewhere : tabsOf(node.ref.kind)), [elsewhere, node.ref.kind]);
	const object = node.id === rootId ? app : (live.object ?? node.object);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<div className={css.head}>
				<KindIcon kind={node.ref.kind} size={18} />
				<div className={css.names}>
					<span className="small dim">{node.ref.kind}</span>
					<strong>
						{node.members ? `${node.members.length} of a kind` : <Middle text={node.ref.name} max={32} />}
					</strong>
				</div>
				{node.members || elsewhere ? null : (
					<Go href={objectHref(node.ref)} className={css.out} aria-label="Open its page">
						<IconExternalLink size={16} stroke={1.5} />
					</Go>
				)}
				<ActionIcon variant="subtle" color="gray" onClick={onClose} aria-label="Close">
					<IconX size={16} stroke={1.5} />
				</ActionIcon>
			</div>
			<div className={css.pills}>
				{node.word ? <StatePill state={node.state}>{node.word}</StatePill> : null}
				{node.sync ? <SyncPill sync={node.sync} pruning={node.pruning} /> : null}
			</div>
			{node.message ? <p className={css.message}>{node.message}</p> : null}
			{node.members ? (
				<MemberList members={node.members} />
			) : (
				<>
					<div className={css.tabs}>
						<TabBar tabs={tabs} label={`About ${node.ref.name}`} />
					</div>
					<TabBody tab={tab}>
						<div className={css.body}>
							{tab === "diff" ? (
								<NodeDiff node={node} app={app} appPath={props.appPath} object={object} />
							) : null}
							{tab === "why" ? (
								<WhyPanel path={live.path} resourceVersion={object?.metadata.resourceVersion} />
							) : null}
							{elsewhere && tab === "summary" ? (
								<Notice compact title="In another cluster">
									<p>What it says of itself there is not shown here.</p>
								</Notice>
							) : null}
							{object && tab === "summary" ? <ObjectSummary object={object} /> : null}
							{object && tab === "events" ? <EventList about={[object]} /> : null}
							{object && tab === "logs" ? (
								<Suspense fallback={<Bones lines={4} />}>
									<Logs pods={podsOf(object, props.objects)} />
								</Suspense>
							) : null}
							{object && tab === "yaml" ? <Yaml object={object} label={node.ref.name} /> : null}
							{!object && tab !== "diff" && tab !== "why" && live.error ? (
								<Failure error={live.error} what={node.ref.name} />
							) : null}
						</div>
					</TabBody>
				</>
			)}
		</TabRoot>
	);
}
