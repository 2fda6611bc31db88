import { Link } from "@tanstack/react-router";
import type { CatalogSource, Entity } from "../../api/types.ts";
import { gapsOf } from "../../model/entity.ts";
import { checkName } from "../../model/gaps.ts";
import { sourceTroubles } from "../../model/sources.ts";
import { plural } from "../../model/text.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Home.module.css";
import { SourceRows } from "./SourceRows.tsx";

const shown = 6;

/** What is broken in the catalog's sources, then which checks fail, how often, and where to see them. */
export function Gaps({
	entities,
	sources,
}: {
	entities: readonly Entity[];
	sources: readonly CatalogSource[];
}) {
	const counts = new Map<string, number>();
	for (const entity of entities)
		for (const check of new Set(gapsOf(entity).map((gap) => gap.check)))
			counts.set(check, (counts.get(check) ?? 0) + 1);
	const troubles = sourceTroubles(sources);
	if (counts.size === 0 && troubles.unread.length === 0 && troubles.count === 0)
		return <p className={css.calm}>Every component has all that the checks ask for.</p>;
	const rows = [...counts].sort((a, b) => b[1] - a[1]).slice(0, shown);
	return (
		<ul className={css.rows}>
			<SourceRows troubles={troubles} />
			{rows.map(([check, n]) => (
				<li key={check} className={css.row}>
					<StateIcon state="warn" label="Missing" />
					<div className={css.text}>
						<Link to="/catalog" search={{ gap: check } as never} className={css.strong}>
							{checkName(check)}
						</Link>
					</div>
					<span className={css.when}>{plural(n, "component")}</span>
				</li>
			))}
		</ul>
	);
}
