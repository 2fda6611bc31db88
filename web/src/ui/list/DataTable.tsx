/** A table whose rows are virtual: smooth at ten thousand. TanStack Table orders, Virtual places. */
import {
	createColumnHelper,
	createSortedRowModel,
	rowSortingFeature,
	type SortingState,
	tableFeatures,
	useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { fitColumns } from "../../model/fit.ts";
import { compare } from "../../model/list.ts";
import { type Column, type Density, rowHeight } from "./column.ts";
import css from "./DataTable.module.css";
import { HeaderCell } from "./HeaderCell.tsx";
import { SelectAll, type Selection, SelectRow } from "./Selection.tsx";
import { useRowKeys } from "./useRowKeys.ts";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

export interface DataTableProps<T> {
	label: string;
	rows: readonly T[];
	columns: readonly Column<T>[];
	/** The person chose the columns. */
	chosen: boolean;
	rowKey: (row: T) => string;
	onOpen: (row: T) => void;
	sort: { id: string; desc: boolean };
	onSort: (sort: { id: string; desc: boolean }) => void;
	density: Density;
	rowHeight?: number;
	selection?: Selection;
	/** What a row's checkbox is called. */
	rowLabel?: (row: T) => string;
}

function useSorted<T>(props: DataTableProps<T>) {
	const { rows, columns, rowKey, sort } = props;
	const defs = useMemo(() => {
		const helper = createColumnHelper<typeof features, { row: T }>();
		return helper.columns(
			columns.map((column) =>
				helper.accessor(({ row }) => column.value(row), {
					id: column.id,
					sortFn: (a, b, id) => compare(a.getValue<string | number>(id), b.getValue<string | number>(id)),
				}),
			),
		);
	}, [columns]);
	const data = useMemo(() => rows.map((row) => ({ row })), [rows]);
	const sorting = useMemo<SortingState>(() => [sort], [sort]);
	const table = useTable({
		features,
		columns: defs,
		data,
		getRowId: ({ row }) => rowKey(row),
		state: { sorting },
	});
	return table.getRowModel().rows;
}

export function DataTable<T>(props: DataTableProps<T>) {
	const { label, onOpen, density, sort, onSort, selection } = props;
	const rows = useSorted(props);
	const scroller = useRef<HTMLDivElement>(null);
	const { fitting: columns, widths } = useFit(
		props.columns,
		useWidth(scroller) - (selection ? markPx : 0),
		props.chosen,
	);
	const height = props.rowHeight ?? rowHeight[density];
	const virtual = useVirtualizer({
		count: rows.length,
		getScrollElement: () => scroller.current,
		estimateSize: () => height,
		overscan: 12,
		getItemKey: (at) => rows[at]?.id ?? at,
	});
	// biome-ignore lint/correctness/useExhaustiveDependencies: a new height invalidates all measures
	useEffect(() => virtual.measure(), [height, virtual]);
	const [active, setActive] = useRowKeys({
		table: scroller,
		count: rows.length,
		page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / height) - 2),
		open: (at) => rows[at] && onOpen(rows[at].original.row),
		select: (at) => rows[at] && selection?.toggle(rows[at].id),
		reveal: (at) => virtual.scrollToIndex(at),
	});
	const items = virtual.getVirtualItems();
	const before = items[0]?.start ?? 0;
	const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
	return (
		<section
			ref={scroller}
			className={css.scroller}
			data-density={density}
			data-lines={density === "cosy" ? 2 : 1}
			// biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
			tabIndex={0}
			aria-label={label}
		>
			<table className={css.table} aria-label={label} aria-rowcount={rows.length + 1}>
				<colgroup>
					{selection ? <col data-fixed className={css.mark} /> : null}
					{columns.map((c) => (
						<col
							key={c.id}
							data-fixed={c.rem ? true : undefined}
							className={c.phone ? undefined : css.wide}
							style={{ width: widths.get(c.id) }}
						/>
					))}
				</colgroup>
				<thead>
					<tr aria-rowindex={1}>
						{selection ? <SelectAll keys={rows.map((row) => row.id)} selection={selection} /> : null}
						{columns.map((c) => (
							<HeaderCell key={c.id} column={c} sort={sort} onSort={onSort} />
						))}
					</tr>
				</thead>
				<tbody>
					{before > 0 ? <tr aria-hidden style={{ height: before }} /> : null}
					{items.map((item) => {
						const row = rows[item.index];
						if (!row) return null;
						return (
							<tr
								key={row.id}
								aria-rowindex={item.index + 2}
								tabIndex={-1}
								data-active={item.index === active || undefined}
								data-selected={selection?.keys.has(row.id) || undefined}
								style={{ height }}
								onClick={(event) => {
									setActive(item.index);
									if (isPlainClick(event)) onOpen(row.original.row);
								}}
							>
								{selection ? (
									<SelectRow
										rowKey={row.id}
										label={props.rowLabel?.(row.original.row)}
										selection={selection}
									/>
								) : null}
								{columns.map((c) => (
									<td key={c.id} className={cellClass(c)} role={c === columns[0] ? "rowheader" : undefined}>
										{c.cell ? (
											c.cell(row.original.row)
										) : (
											<span className={css.words}>{c.value(row.original.row)}</span>
										)}
									</td>
								))}
							</tr>
						);
					})}
					{after > 0 ? <tr aria-hidden style={{ height: after }} /> : null}
				</tbody>
			</table>
		</section>
	);
}

function cellClass<T>(column: Column<T>): string {
	return [column.align === "end" ? css.end : "", column.phone ? "" : css.wide].join(" ").trim();
}

function useWidth(ref: RefObject<HTMLElement | null>): number {
	const [width, setWidth] = useState(0);
	useLayoutEffect(() => {
		const element = ref.current;
		if (!element) return;
		const watcher = new ResizeObserver(() => setWidth(element.clientWidth));
		watcher.observe(element);
		setWidth(element.clientWidth);
		return () => watcher.disconnect();
	}, [ref]);
	return width;
}

const remPx = 16;
const leastRem = 6;
/** The column of checkboxes (DataTable.module.css). */
const markPx = 36;

/** The columns there is room for, with their widths; all of them until the width is known. */
function useFit<T>(columns: readonly Column<T>[], width: number, chosen: boolean) {
	return useMemo(() => {
		const fitting = columns.map((c) => ({
			id: c.id,
			min: (c.rem ?? c.min ?? leastRem) * remPx,
			grow: c.rem ? 0 : (c.grow ?? 1),
			drop: c.drop,
		}));
		const fitted = fitColumns(fitting, width > 0 ? width : Number.MAX_SAFE_INTEGER, chosen);
		const widths = new Map(fitted.map((f) => [f.id, width > 0 ? f.width : undefined]));
		return { fitting: columns.filter((c) => widths.has(c.id)), widths };
	}, [columns, width, chosen]);
}

/** Clicks on links and buttons inside, with modifiers, or that end a selection are not for the row. */
function isPlainClick(event: React.MouseEvent): boolean {
	if (event.metaKey || event.ctrlKey || event.shiftKey) return false;
	if ((event.target as HTMLElement).closest("a, button, input, label")) return false;
	return window.getSelection()?.toString() === "";
}
