import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { entityResources } from "../../api/resources.ts";
import type { Application, Entity } from "../../api/types.ts";
import { useLive, useLiveAll } from "../../live/hooks.ts";
import { entityRefOf } from "../../model/entity.ts";
import { entityHref } from "../../model/links.ts";
import { List } from "../../ui/list/List.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable, seen } from "../../ui/Reach.tsx";
import { columns, facets, searchText } from "./columns.tsx";
import { catalogRows } from "./rows.ts";

const example = `kubectl apply -f - <<EOF
apiVersion: portal.pave.dev/v1alpha1
kind: CatalogSource
metadata: {name: services}
spec: {repoURL: https://git.example.com/services.git}
EOF`;

const empty = (
	<Notice title="No services yet" command={example}>
		<p>
			Point Pave at a Git repository with <code>catalog-info.yaml</code> files. Their services, owners and
			relations appear here as soon as they are read.
		</p>
	</Notice>
);

export function Catalog() {
	const entities = useLiveAll<Entity>(entityResources);
	const apps = useLive<Application>("applications");
	const navigate = useNavigate();
	const rows = useMemo(() => catalogRows(entities.items, apps.items), [entities.items, apps.items]);
	return (
		<>
			<PageHead title="Catalog" name="Catalog" />
			<Readable what="the catalog" snapshot={entities} also={[seen("applications", apps)]}>
				<List
					what="entities"
					one="entity"
					rows={rows}
					loading={entities.state === "loading"}
					columns={columns}
					facets={facets}
					text={searchText}
					rowKey={(row) => row.key}
					onOpen={(row) => void navigate({ to: entityHref(entityRefOf(row.entity)) as "/" })}
					sort={{ id: "name", desc: false }}
					empty={
						<Empty what="entities" snapshot={entities} where="default">
							{empty}
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
