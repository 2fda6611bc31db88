import type { ReactNode } from "react";

export interface Column<T> {
	id: string;
	header: string;
	cell: (row: T) => ReactNode;
	/** What sorting and the export use. */
	value: (row: T) => string | number;
	/** Share of the free width, or a fixed number of rem. */
	grow?: number;
	rem?: number;
	align?: "end";
	/** Hidden until chosen. */
	extra?: boolean;
	/** Kept on a phone. */
	phone?: boolean;
}

export type Density = "cosy" | "compact";
export const rowHeight: Record<Density, number> = { cosy: 40, compact: 30 };
