import { SegmentedControl } from "@mantine/core";
import { IconLayoutGrid, IconList } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Entity } from "../../api/types.ts";
import { useApplicationList, useLive } from "../../live/hooks.ts";
import { appHref } from "../../model/links.ts";
import { OwnerIndex } from "../../model/owners.ts";
import { List } from "../../ui/list/List.tsx";
import { useParams } from "../../ui/list/useListState.ts";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable } from "../../ui/Reach.tsx";
import { AppTiles } from "./AppTiles.tsx";
import { Bulk } from "./Bulk.tsx";
import { type AppRow, appRows, columns, facets, searchText } from "./columns.tsx";

const looks = [
	{ value: "table", label: <IconList size={15} stroke={1.5} aria-label="As a table" /> },
	{ value: "tiles", label: <IconLayoutGrid size={15} stroke={1.5} aria-label="As tiles" /> },
];

const example = `kubectl apply -f - <<EOF
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: guestbook, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example.com/deploy.git, path: guestbook, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: guestbook}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
EOF`;

export function Applications() {
	const apps = useApplicationList();
	const components = useLive<Entity>("components");
	const navigate = useNavigate();
	const [params, change] = useParams();
	const rows = useMemo(
		() => appRows(apps.items, new OwnerIndex(components.items, apps.items)),
		[apps.items, components.items],
	);
	const look = params.look === "tiles" ? "tiles" : "table";
	const open = (row: AppRow) => void navigate({ to: appHref(row.app.metadata.namespace, row.name) as "/" });
	return (
		<>
			<PageHead title="Applications" name="Applications" />
			<Readable what="applications" snapshot={apps}>
				<List
					what="applications"
					one="application"
					rows={rows}
					loading={apps.state === "loading"}
					columns={columns}
					facets={facets}
					text={searchText}
					rowKey={(row) => row.key}
					onOpen={open}
					sort={{ id: "health", desc: false }}
					bulk={(chosen, clear) => <Bulk apps={chosen.map((row) => row.app)} clear={clear} />}
					rowLabel={(row) => row.name}
					view={look === "tiles" ? (found) => <AppTiles rows={found} /> : undefined}
					tools={
						<SegmentedControl
							size="xs"
							data={looks}
							value={look}
							onChange={(value) => change({ look: value === "tiles" ? "tiles" : undefined })}
							aria-label="Look"
						/>
					}
					empty={
						<Empty what="applications" snapshot={apps} where="argocd">
							<Notice title="No applications yet" command={example}>
								<p>
									An Application names a directory of manifests in Git and the namespace they belong into.
								</p>
							</Notice>
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
