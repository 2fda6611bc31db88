import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Chosen } from "../../model/list.ts";

/** A list's filters, order and columns live in the address, so that any view can be pasted. */
export interface ListState {
	query: string;
	chosen: Chosen;
	sort: { id: string; desc: boolean } | undefined;
	/** Ids of the columns to show; undefined is the list's own choice. */
	columns: string[] | undefined;
	setQuery: (query: string) => void;
	toggle: (facet: string, value: string) => void;
	clear: () => void;
	setSort: (sort: { id: string; desc: boolean } | undefined) => void;
	setColumns: (columns: string[] | undefined) => void;
}

type Params = Record<string, string | undefined>;

function split(text: string | undefined): string[] {
	return text ? text.split(",").filter(Boolean) : [];
}

export function useParams(): [Params, (change: Params) => void] {
	const params = useSearch({ strict: false }) as Params;
	const navigate = useNavigate();
	const change = useCallback(
		(next: Params) => {
			void navigate({
				to: ".",
				search: ((before: Params) => ({ ...before, ...next })) as never,
				replace: true,
			});
		},
		[navigate],
	);
	return [params, change];
}

export function useListState(facetIds: readonly string[]): ListState {
	const [params, change] = useParams();
	const ids = facetIds.join(" ");
	return useMemo(() => {
		const facets = ids.split(" ");
		const chosen: Chosen = Object.fromEntries(facets.map((id) => [id, split(params[id])]));
		const sortText = params.sort;
		return {
			query: params.q ?? "",
			chosen,
			sort: sortText ? { id: sortText.replace(/^-/, ""), desc: sortText.startsWith("-") } : undefined,
			columns: params.cols === undefined ? undefined : split(params.cols),
			setQuery: (q) => change({ q: q || undefined }),
			toggle: (facet, value) => {
				const before = chosen[facet] ?? [];
				const after = before.includes(value) ? before.filter((v) => v !== value) : [...before, value];
				change({ [facet]: after.join(",") || undefined });
			},
			clear: () => change({ q: undefined, ...Object.fromEntries(facets.map((id) => [id, undefined])) }),
			setSort: (sort) => change({ sort: sort ? `${sort.desc ? "-" : ""}${sort.id}` : undefined }),
			setColumns: (columns) => change({ cols: columns?.join(",") }),
		};
	}, [ids, params, change]);
}
