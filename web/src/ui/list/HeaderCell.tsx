import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import type { Column } from "./column.ts";
import css from "./DataTable.module.css";

interface HeaderCellProps<T> {
	column: Column<T>;
	sort: { id: string; desc: boolean };
	onSort: (sort: { id: string; desc: boolean }) => void;
}

export function HeaderCell<T>({ column, sort, onSort }: HeaderCellProps<T>) {
	const sorted = sort.id === column.id;
	const next = { id: column.id, desc: sorted ? !sort.desc : false };
	const Arrow = sort.desc ? IconChevronDown : IconChevronUp;
	const classes = [column.align === "end" ? css.end : "", column.phone ? "" : css.wide].join(" ").trim();
	return (
		<th
			scope="col"
			className={classes}
			aria-sort={sorted ? (sort.desc ? "descending" : "ascending") : undefined}
		>
			<button type="button" className={css.sort} onClick={() => onSort(next)}>
				<span>{column.header}</span>
				{sorted ? <Arrow size={12} stroke={2} aria-hidden /> : null}
			</button>
		</th>
	);
}
