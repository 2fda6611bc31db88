import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { resources } from "../../api/resources.ts";
import type { Application, AppProject } from "../../api/types.ts";
import { useObject } from "../../api/useObject.ts";
import { useApplicationList } from "../../live/hooks.ts";
import { isIn, projectHome } from "../../model/projects.ts";
import { plural } from "../../model/text.ts";
import { PageBones } from "../../ui/Bones.tsx";
import { CopyMenu } from "../../ui/CopyMenu.tsx";
import { Yaml } from "../../ui/code/Code.tsx";
import { EventList } from "../../ui/EventList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { ReachBar, seen } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { AppList } from "../applications/AppList.tsx";
import { Permits } from "./Permits.tsx";
import { Roles } from "./Roles.tsx";
import { Windows } from "./Windows.tsx";

function Loaded({ project }: { project: AppProject }) {
	const apps = useApplicationList();
	const which = useMemo(() => (app: Application) => isIn(project, app), [project]);
	const count = useMemo(() => apps.items.filter(which).length, [apps.items, which]);
	const { name, namespace } = project.metadata;
	const { description, syncWindows, roles } = project.spec ?? {};
	const tabs = [
		{ id: "permits", label: "Permits" },
		{ id: "applications", label: "Applications", count },
		{ id: "windows", label: "Windows", count: syncWindows?.length },
		{ id: "roles", label: "Roles", count: roles?.length },
		{ id: "events", label: "Events" },
		{ id: "yaml", label: "YAML" },
	];
	const [tab, setTab] = useTab(tabs);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead
				icon={<KindIcon kind="AppProject" size={20} />}
				title={name}
				name={name}
				kind="AppProject"
				sub={
					<>
						{description ? <span>{description}</span> : null}
						{apps.state === "loading" ? null : <span>{plural(count, "application")}</span>}
						{namespace === projectHome ? null : <span>of namespace {namespace} only</span>}
					</>
				}
				actions={<CopyMenu kind={resources.appProjects.plural} name={name} namespace={namespace} />}
			>
				<TabBar tabs={tabs} label={`About ${name}`} />
			</PageHead>
			<ReachBar of={[seen("applications", apps)]} />
			<TabBody tab={tab}>
				{tab === "permits" ? <Permits project={project} /> : null}
				{tab === "applications" ? (
					<AppList
						snapshot={apps}
						which={which}
						empty={
							<Notice title="No applications in this project">
								<p>
									An application is in it when its <code>spec.project</code> says {name}.
								</p>
							</Notice>
						}
					/>
				) : null}
				{tab === "windows" ? <Windows project={project} /> : null}
				{tab === "roles" ? <Roles project={project} /> : null}
				{tab === "events" ? (
					<Scroll>
						<EventList about={[project]} />
					</Scroll>
				) : null}
				{tab === "yaml" ? (
					<Scroll>
						<Yaml object={project} label={`AppProject ${name}`} />
					</Scroll>
				) : null}
			</TabBody>
		</TabRoot>
	);
}

export function ProjectPage() {
	const { namespace = "", name = "" } = useParams({ strict: false });
	const ref = useMemo(
		() => ({ group: "argoproj.io", version: "v1alpha1", kind: "AppProject", namespace, name }),
		[namespace, name],
	);
	const found = useObject(ref);
	if (found.loading) return <PageBones />;
	if (!found.object) return <Failure page error={found.error} what={`project ${name}`} />;
	return <Loaded project={found.object as AppProject} />;
}
