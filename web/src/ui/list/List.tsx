/** A list page's body: facets at the left with counts, a text filter, and the table. */
import { Button, Drawer, Skeleton } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { type ReactNode, useDeferredValue, useMemo } from "react";
import { type Facet, facetValues, filterRows, matchRows, searchTexts } from "../../model/list.ts";
import { csv, plural } from "../../model/text.ts";
import { Notice } from "../Notice.tsx";
import type { Column, Density } from "./column.ts";
import { DataTable } from "./DataTable.tsx";
import { FacetPanel } from "./FacetPanel.tsx";
import css from "./List.module.css";
import { useSelection } from "./Selection.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useListState } from "./useListState.ts";
import { useTyped } from "./useTyped.ts";

export interface ListProps<T> {
	/** Plural, lower case: "services". */
	what: string;
	one: string;
	rows: readonly T[];
	loading: boolean;
	columns: readonly Column<T>[];
	facets: readonly Facet<T>[];
	text: (row: T) => string;
	rowKey: (row: T) => string;
	onOpen: (row: T) => void;
	sort: { id: string; desc: boolean };
	empty: ReactNode;
	tools?: ReactNode;
	/** For rows of two lines; by density if absent. */
	rowHeight?: number;
	/** What can be done to several rows at once; with it, rows can be selected. */
	bulk?: (rows: readonly T[], clear: () => void) => ReactNode;
	rowLabel?: (row: T) => string;
	/** Another way to show the filtered rows than a table. */
	view?: (rows: readonly T[]) => ReactNode;
}

function save(name: string, text: string): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
}

export function List<T>(props: ListProps<T>) {
	const { rows, columns, facets, text, what } = props;
	const state = useListState(facets.map((f) => f.id));
	const [density, setDensity] = useLocalStorage<Density>({ key: "pave.density", defaultValue: "cosy" });
	const selection = useSelection();
	const [drawer, { open, close }] = useDisclosure(false);
	const [typed, setTyped] = useTyped(state.query, state.setQuery);
	const query = useDeferredValue(typed);
	const shown = useMemo(
		() => columns.filter((c) => (state.columns ? state.columns.includes(c.id) : !c.extra)),
		[columns, state.columns],
	);
	const drawn = useMemo(
		() => (state.columns ? shown : shown.filter((c) => rows.some((r) => c.value(r) !== ""))),
		[shown, state.columns, rows],
	);
	const texts = useMemo(() => searchTexts(rows, text), [rows, text]);
	const matched = useMemo(() => matchRows(rows, texts, query), [rows, texts, query]);
	const found = useMemo(() => filterRows(matched, facets, state.chosen), [matched, facets, state.chosen]);
	const values = useMemo(
		() => Object.fromEntries(facets.map((f) => [f.id, facetValues(matched, facets, f, state.chosen)])),
		[matched, facets, state.chosen],
	);
	// What a filter hides is not acted on.
	const selected = useMemo(
		() => found.filter((row) => selection.keys.has(props.rowKey(row))),
		[found, selection.keys, props.rowKey],
	);
	const filtered = typed !== "" || facets.some((f) => (state.chosen[f.id]?.length ?? 0) > 0);
	const toggleColumn = (id: string) => {
		const ids = shown.map((c) => c.id);
		const next = ids.includes(id) ? ids.filter((i) => i !== id) : [...ids, id];
		state.setColumns(columns.map((c) => c.id).filter((i) => next.includes(i)));
	};
	const exportCsv = () =>
		save(
			`${what}.csv`,
			csv([shown.map((c) => c.header), ...found.map((r) => shown.map((c) => String(c.value(r))))]),
		);
	const panel = <FacetPanel facets={facets} values={values} chosen={state.chosen} onToggle={state.toggle} />;

	if (!props.loading && rows.length === 0) return <>{props.empty}</>;
	return (
		<div className={css.list}>
			<aside className={css.facets} aria-label="Filters">
				{panel}
			</aside>
			<Drawer opened={drawer} onClose={close} title="Filters" size="18rem">
				{panel}
			</Drawer>
			<div className={css.body}>
				<Toolbar
					what={what}
					query={typed}
					onQuery={setTyped}
					filtered={filtered}
					onClear={() => {
						setTyped("");
						state.clear();
					}}
					onFacets={open}
					columns={columns.map((c) => ({ id: c.id, header: c.header, shown: shown.includes(c) }))}
					onColumn={toggleColumn}
					density={density}
					onDensity={setDensity}
					onExport={exportCsv}
				>
					<span className={css.total} aria-live="polite">
						{props.loading
							? ""
							: filtered
								? `${found.length} of ${plural(rows.length, props.one, what)}`
								: plural(rows.length, props.one, what)}
					</span>
					{props.tools}
				</Toolbar>
				{props.bulk && selected.length > 0 ? (
					<div className={css.bulk} role="toolbar" aria-label="Selected">
						<span className={css.total} aria-live="polite">
							{selected.length} selected
						</span>
						{props.bulk(selected, () => selection.set([]))}
						<Button size="xs" variant="subtle" color="gray" onClick={() => selection.set([])}>
							Clear
						</Button>
					</div>
				) : null}
				{props.loading ? (
					<TableSkeleton />
				) : found.length === 0 ? (
					<Notice compact title={`No ${what} match`}>
						<p>
							{matched.length === 0
								? `Nothing has “${query}” in it. Change the text, or clear it.`
								: "Loosen a filter, or clear them all."}
						</p>
					</Notice>
				) : props.view ? (
					props.view(found)
				) : (
					<DataTable
						label={what}
						rows={found}
						columns={drawn}
						chosen={state.columns !== undefined}
						rowKey={props.rowKey}
						onOpen={props.onOpen}
						sort={state.sort ?? props.sort}
						onSort={state.setSort}
						density={density}
						rowHeight={props.rowHeight}
						selection={props.bulk ? selection : undefined}
						rowLabel={props.rowLabel}
					/>
				)}
			</div>
		</div>
	);
}

function TableSkeleton() {
	return (
		<div className={css.skeleton} role="status">
			<span className="pv-sr">Loading</span>
			{Array.from({ length: 12 }, (_, at) => (
				<Skeleton key={at} height={12} width={`${90 - ((at * 17) % 40)}%`} radius="xs" />
			))}
		</div>
	);
}
