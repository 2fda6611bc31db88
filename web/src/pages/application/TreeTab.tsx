import { Drawer, Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Application } from "../../api/types.ts";
import { condenseTree, filterTree, type TreeFilter } from "../../model/tree.ts";
import { useParams } from "../../ui/list/useListState.ts";
import { NodePanel } from "./NodePanel.tsx";
import { TreeList } from "./TreeList.tsx";
import css from "./TreeTab.module.css";
import { TreeToolbar } from "./TreeToolbar.tsx";
import { type ApplicationView, useTree } from "./useApplication.ts";

const TreeGraph = lazy(() => import("./TreeGraph.tsx"));

const split = (text: string | undefined) => (text ? text.split(",") : []);

export function TreeTab({ app, view }: { app: Application; view: ApplicationView }) {
	const [params, change] = useParams();
	const phone = useMediaQuery("(max-width: 48em)", window.matchMedia("(max-width: 48em)").matches) ?? false;
	const [text, setText] = useState("");
	const look = params.look ?? (phone ? "list" : "graph");
	const tree = useTree(app, view.objects, params.spent === "1");
	const filter = useMemo<TreeFilter>(
		() => ({ kinds: split(params.kinds), states: split(params.states), syncs: split(params.syncs), text }),
		[params.kinds, params.states, params.syncs, text],
	);
	const shown = useMemo(() => filterTree(tree, filter), [tree, filter]);
	const drawn = useMemo(
		() => (look === "list" ? shown : condenseTree(shown, params.node)),
		[look, shown, params.node],
	);
	const selected = [...tree.nodes, ...drawn.nodes].find((n) => n.id === params.node);
	const select = (id: string | undefined) => change({ node: id === params.node ? undefined : id });
	const panel = selected ? (
		<NodePanel
			key={selected.id}
			node={selected}
			app={app}
			appPath={view.path}
			objects={view.objects}
			onClose={() => select(undefined)}
		/>
	) : null;
	return (
		<div className={css.tab}>
			<TreeToolbar
				tree={tree}
				shown={shown}
				arriving={view.arriving}
				filter={filter}
				look={look}
				params={params}
				onChange={change}
				onText={setText}
			/>
			<div className={css.body}>
				{!view.whole ? (
					<Skeleton className={css.waiting} />
				) : look === "list" ? (
					<TreeList tree={shown} selected={selected?.id} onSelect={select} />
				) : (
					<Suspense fallback={<Skeleton className={css.waiting} />}>
						<TreeGraph tree={drawn} selected={selected?.id} onSelect={select} />
					</Suspense>
				)}
				{panel && !phone ? <aside className={css.panel}>{panel}</aside> : null}
			</div>
			{phone ? (
				<Drawer
					opened={panel !== null}
					onClose={() => select(undefined)}
					position="bottom"
					size="80%"
					withCloseButton={false}
					padding={0}
					attributes={{ content: { "aria-label": "Object" } }}
				>
					{panel}
				</Drawer>
			) : null}
		</div>
	);
}
