import { Link } from "@tanstack/react-router";
import type { Entity } from "../../api/types.ts";
import { entityRefOf, gapsOf, problemsOf } from "../../model/entity.ts";
import { checkName } from "../../model/gaps.ts";
import { entityHref } from "../../model/links.ts";
import { plural } from "../../model/text.ts";
import { Go } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { Brief } from "./Brief.tsx";
import css from "./Home.module.css";

const shown = 6;
/** Faults told in words; the others are counted. */
const told = 3;

/** Which checks fail, how often, and where to see them. */
export function Gaps({ entities }: { entities: readonly Entity[] }) {
	const counts = new Map<string, number>();
	for (const entity of entities)
		for (const check of new Set(gapsOf(entity).map((gap) => gap.check)))
			counts.set(check, (counts.get(check) ?? 0) + 1);
	const broken = entities.filter((e) => problemsOf(e).some((p) => p.level === "error"));
	if (counts.size === 0 && broken.length === 0)
		return <p className={css.calm}>Every component has all that the checks ask for.</p>;
	const rows = [...counts].sort((a, b) => b[1] - a[1]).slice(0, shown);
	return (
		<ul className={css.rows}>
			{broken.length > 0 ? (
				<li className={css.row}>
					<StateIcon state="fail" label="Error" />
					<div className={css.text}>
						<Link to="/settings" className={css.strong}>
							{plural(broken.length, "entity", "entities")} with errors
						</Link>
						{broken.slice(0, told).map((e) => (
							<div key={entityHref(entityRefOf(e))} className={css.told}>
								<Go href={entityHref(entityRefOf(e))}>{e.metadata.name}</Go>
								<Brief text={problemsOf(e)[0]?.message ?? ""} />
							</div>
						))}
						{broken.length > told ? <span className={css.dim}>and {broken.length - told} more</span> : null}
					</div>
				</li>
			) : null}
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
