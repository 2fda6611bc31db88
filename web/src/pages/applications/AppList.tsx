import { SegmentedControl } from "@mantine/core";
import { IconLayoutGrid, IconList } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import type { Application, Entity } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { useLive } from "../../live/hooks.ts";
import { appHref } from "../../model/links.ts";
import { OwnerIndex } from "../../model/owners.ts";
import type { Column } from "../../ui/list/column.ts";
import { List } from "../../ui/list/List.tsx";
import { useParams } from "../../ui/list/useListState.ts";
import { AppTiles } from "./AppTiles.tsx";
import { Bulk } from "./Bulk.tsx";
import { type AppRow, appRows, columns, facets, searchText } from "./columns.tsx";

const looks = [
	{ value: "table", label: <IconList size={15} stroke={1.5} aria-label="As a table" /> },
	{ value: "tiles", label: <IconLayoutGrid size={15} stroke={1.5} aria-label="As tiles" /> },
];

export interface AppListProps {
	snapshot: Snapshot<Application>;
	/** Of them, those that are shown: all if absent. */
	which?: (app: Application) => boolean;
	/** Behind the name. */
	more?: readonly Column<AppRow>[];
	empty: ReactNode;
}

const none: readonly Column<AppRow>[] = [];

/** Applications as a table or tiles, with facets and bulk actions. */
export function AppList({ snapshot, which, more = none, empty }: AppListProps) {
	const components = useLive<Entity>("components");
	const navigate = useNavigate();
	const [params, change] = useParams();
	const apps = useMemo(
		() => (which ? snapshot.items.filter(which) : snapshot.items),
		[snapshot.items, which],
	);
	const rows = useMemo(() => appRows(apps, new OwnerIndex(components.items, apps)), [apps, components.items]);
	const all = useMemo(() => [...columns.slice(0, 1), ...more, ...columns.slice(1)], [more]);
	const look = params.look === "tiles" ? "tiles" : "table";
	return (
		<List
			what="applications"
			one="application"
			rows={rows}
			loading={snapshot.state === "loading"}
			columns={all}
			facets={facets}
			text={searchText}
			rowKey={(row) => row.key}
			onOpen={(row) => void navigate({ to: appHref(row.app.metadata.namespace, row.name) as "/" })}
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
			empty={empty}
		/>
	);
}
