import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { workloadResources } from "../../api/resources.ts";
import type { Application, Entity, Node, Workload } from "../../api/types.ts";
import { useLive, useLiveAll } from "../../live/hooks.ts";
import { objectHref } from "../../model/links.ts";
import { OwnerIndex } from "../../model/owners.ts";
import { List } from "../../ui/list/List.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable, seen } from "../../ui/Reach.tsx";
import { columns, facets, searchText, workloadRows } from "./columns.tsx";
import { NodeStrip } from "./NodeStrip.tsx";

export function Workloads() {
	const workloads = useLiveAll<Workload>(workloadResources);
	const nodes = useLive<Node>("nodes");
	const apps = useLive<Application>("applications");
	const components = useLive<Entity>("components");
	const navigate = useNavigate();
	const owners = useMemo(() => new OwnerIndex(components.items, apps.items), [components.items, apps.items]);
	const rows = useMemo(() => workloadRows(workloads.items, owners), [workloads.items, owners]);
	return (
		<>
			<PageHead title="Workloads" name="Workloads" sub={<NodeStrip nodes={nodes.items} />} />
			<Readable what="workloads" snapshot={workloads} also={[seen("nodes", nodes)]}>
				<List
					what="workloads"
					one="workload"
					rows={rows}
					loading={workloads.state === "loading"}
					columns={columns}
					facets={facets}
					text={searchText}
					rowKey={(row) => row.key}
					onOpen={(row) => void navigate({ to: objectHref(row.ref) as "/" })}
					sort={{ id: "state", desc: false }}
					empty={
						<Empty what="workloads" snapshot={workloads}>
							<Notice
								title="Nothing runs yet"
								command="kubectl create deployment web --image=registry.example.com/web:1.0"
							>
								<p>Deployments, StatefulSets, DaemonSets, Jobs and their Pods appear here as they come up.</p>
							</Notice>
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
