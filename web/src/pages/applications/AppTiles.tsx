import { appHref } from "../../model/links.ts";
import { compare } from "../../model/list.ts";
import { healthState, syncState, worstFirst } from "../../model/state.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { Commit } from "../../ui/Commit.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { SyncText } from "../../ui/Sync.tsx";
import css from "./AppTiles.module.css";
import type { AppRow } from "./columns.tsx";

function Tile({ row }: { row: AppRow }) {
	const message = row.app.status?.health?.message;
	return (
		<li className={css.tile} data-state={healthState(row.health)}>
			<Go href={appHref(row.app.metadata.namespace, row.name)} className={css.name}>
				<StateIcon state={healthState(row.health)} size={16} />
				{row.name}
			</Go>
			<div className={css.states}>
				<span>{row.health}</span>
				<SyncText sync={row.sync} />
			</div>
			{message ? <p className={css.message}>{message}</p> : null}
			<div className={css.foot}>
				<span>{row.team}</span>
				<Commit app={row.app} />
				<span className={css.when}>
					<Ago at={row.deployedAt} />
				</span>
			</div>
		</li>
	);
}

/** Worst first, so that the top left corner is where to look. */
export function AppTiles({ rows }: { rows: readonly AppRow[] }) {
	const rank = (r: AppRow) =>
		worstFirst.indexOf(healthState(r.health)) * 10 + worstFirst.indexOf(syncState(r.sync));
	const sorted = [...rows].sort((a, b) => rank(a) - rank(b) || compare(a.name, b.name));
	return (
		<ul className={css.tiles}>
			{sorted.map((row) => (
				<Tile key={row.key} row={row} />
			))}
		</ul>
	);
}
