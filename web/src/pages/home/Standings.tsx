import { Link } from "@tanstack/react-router";
import { isFailing, type Standing } from "../../model/failing.ts";
import type { State } from "../../model/state.ts";
import { sentence } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Home.module.css";

const shown = 8;
const words: Record<State, string> = {
	fail: "Failing",
	warn: "Degraded",
	progress: "Rolling out",
	unknown: "Unknown",
	paused: "Suspended",
	ok: "Running",
};

/** How all workloads that one may see are, as figures that lead to them. */
export function StandingStrip({ standings }: { standings: readonly Standing[] }) {
	if (standings.length === 0) return null;
	const figures = (Object.keys(words) as State[])
		.map((state) => ({ state, of: standings.filter((s) => s.state === state) }))
		.filter(({ state, of }) => of.length > 0 || state === "fail" || state === "ok");
	return (
		<ul className={css.strip} aria-label="Workloads">
			{figures.map(({ state, of }) => {
				const search = { state: [...new Set(of.map((s) => s.word))].join(",") || undefined };
				return (
					<li key={state}>
						<Link to="/workloads" search={search as never} className={css.figure}>
							<span className={css.n}>{of.length}</span>
							<span className={css.word}>
								<StateIcon state={state} /> {words[state]}
							</span>
						</Link>
					</li>
				);
			})}
		</ul>
	);
}

/** The workloads that fail, each with what its pods say. */
export function FailingRows({ standings }: { standings: readonly Standing[] }) {
	const failing = standings.filter(isFailing);
	if (failing.length === 0) return null;
	return (
		<ul className={css.rows}>
			{failing.slice(0, shown).map((s) => (
				<li key={s.key} className={css.row}>
					<StateIcon state={s.state} label={s.word} />
					<div className={css.text}>
						<span className={css.strong}>
							<ObjectLink target={s.ref} />
						</span>
						<span className={css.dim}>{[s.word, sentence(s.message)].filter(Boolean).join(": ")}</span>
					</div>
					<span className={css.when}>
						<Ago at={s.since} />
					</span>
				</li>
			))}
			{failing.length > shown ? (
				<li className={css.row}>
					<Link to="/workloads">{failing.length - shown} more</Link>
				</li>
			) : null}
		</ul>
	);
}
