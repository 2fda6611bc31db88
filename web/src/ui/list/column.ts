import type { ReactNode } from "react";

export interface Column<T> {
	id: string;
	header: string;
	/** Its value as it is, if absent. */
	cell?: (row: T) => ReactNode;
	/** What sorting and the export use. */
	value: (row: T) => string | number;
	/** A fixed width in rem; or the least, with a share of what is left. */
	rem?: number;
	min?: number;
	grow?: number;
	/** Given up where there is no room, the highest first, unless it was chosen. */
	drop?: number;
	align?: "end";
	/** Hidden until chosen. */
	extra?: boolean;
	/** Kept on a phone. */
	phone?: boolean;
}

export type Density = "cosy" | "compact";
export const rowHeight: Record<Density, number> = { cosy: 40, compact: 30 };
