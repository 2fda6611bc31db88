import { useParams } from "@tanstack/react-router";
import { ApiError } from "../../api/client.ts";
import type { Application } from "../../api/types.ts";
import { isDrifted } from "../../model/changes.ts";
import { healthState } from "../../model/state.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { PageBones } from "../../ui/Bones.tsx";
import { Commit } from "../../ui/Commit.tsx";
import { Yaml } from "../../ui/code/Code.tsx";
import { EventList } from "../../ui/EventList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { Failure } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { ReachBar } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import { SyncPill } from "../../ui/Sync.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { WhyButton } from "../../ui/Why.tsx";
import { Banner } from "./Banner.tsx";
import { Changes } from "./Changes.tsx";
import { Details } from "./Details.tsx";
import { History } from "./History.tsx";
import { RefreshButton } from "./RefreshButton.tsx";
import { SyncButton } from "./SyncDialog.tsx";
import { TreeTab } from "./TreeTab.tsx";
import { type ApplicationView, useApplication } from "./useApplication.ts";
import { useOwner } from "./useOwner.ts";

function tabsOf(app: Application) {
	const drifted = app.status?.resources?.filter(isDrifted).length ?? 0;
	return [
		{ id: "tree", label: "Tree" },
		{ id: "changes", label: "Changes", count: drifted },
		{ id: "history", label: "History", count: app.status?.history?.length },
		{ id: "details", label: "Details", count: app.status?.conditions?.length },
		{ id: "events", label: "Events" },
		{ id: "yaml", label: "YAML" },
	];
}

function Sub({ app }: { app: Application }) {
	const source = app.spec?.source ?? app.spec?.sources?.[0];
	const owner = useOwner(app);
	return (
		<>
			{owner ? (
				<span>
					deploys <Go href={owner.href}>{owner.name}</Go>
				</span>
			) : null}
			<span>
				<code>{source?.path || source?.chart || "/"}</code> at <Commit app={app} />
			</span>
			<span>into {app.spec?.destination?.namespace}</span>
			{app.status?.reconciledAt ? (
				<span>
					compared <Ago at={app.status.reconciledAt} />
				</span>
			) : null}
		</>
	);
}

function Loaded({ app, view }: { app: Application; view: ApplicationView }) {
	const tabs = tabsOf(app);
	const [tab, setTab] = useTab(tabs);
	const health = app.status?.health?.status ?? "Unknown";
	const { name, namespace, resourceVersion } = app.metadata;
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead
				icon={<KindIcon kind="Application" size={20} />}
				title={name}
				name={name}
				kind="Application"
				state={
					<>
						<StatePill state={healthState(health)}>{health}</StatePill>
						<SyncPill sync={app.status?.sync?.status} />
					</>
				}
				sub={<Sub app={app} />}
				actions={
					<>
						<WhyButton
							name={name}
							path={view.path}
							resourceVersion={resourceVersion}
							command={`pave why application/${name} -n ${namespace}`}
						/>
						<RefreshButton app={app} path={view.path} />
						<SyncButton app={app} path={view.path} />
					</>
				}
			>
				<TabBar tabs={tabs} label={`About ${name}`} />
			</PageHead>
			<Banner app={app} />
			<ReachBar of={view.seen} />
			<TabBody tab={tab}>
				{tab === "tree" ? <TreeTab app={app} view={view} /> : null}
				{tab === "changes" ? <Changes app={app} view={view} /> : null}
				{tab === "history" ? <History app={app} path={view.path} /> : null}
				{tab === "details" ? <Details app={app} /> : null}
				{tab === "events" ? (
					<Scroll>
						<EventList about={[app, ...view.objects.filter((o) => isBelow(o, app))]} />
					</Scroll>
				) : null}
				{tab === "yaml" ? (
					<Scroll>
						<Yaml object={app} label={`Application ${name}`} />
					</Scroll>
				) : null}
			</TabBody>
		</TabRoot>
	);
}

function isBelow(object: { metadata: { name: string } }, app: Application): boolean {
	const names = app.status?.resources?.map((r) => r.name) ?? [];
	return names.some((name) => object.metadata.name === name || object.metadata.name.startsWith(`${name}-`));
}

export function ApplicationPage() {
	const { namespace = "", name = "" } = useParams({ strict: false });
	const view = useApplication(namespace, name);
	if (view.loading) return <PageBones />;
	if (!view.app) {
		const error =
			view.error ??
			new ApiError(404, {}, `There is no application ${name} in ${namespace}, or not any more.`);
		return <Failure page error={error} what={`application ${name}`} />;
	}
	return <Loaded app={view.app} view={view} />;
}
