import { Link } from "@tanstack/react-router";
import { modeStates } from "../../model/state.ts";
import { plural } from "../../model/text.ts";
import type { Violation } from "../../model/violations.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Home.module.css";

const shown = 6;
const worst = ["deny", "warn", "audit"];

/** What breaks policies where one may look, for whom the policies themselves cannot be read. */
export function ViolationRows({ violations }: { violations: readonly Violation[] }) {
	if (violations.length === 0) return <p className={css.calm}>Nothing here breaks a policy.</p>;
	const sorted = [...violations].sort((a, b) => worst.indexOf(a.mode) - worst.indexOf(b.mode));
	return (
		<ul className={css.rows}>
			{sorted.slice(0, shown).map((v) => (
				<li key={v.key} className={css.row}>
					<StateIcon state={modeStates[v.mode]} label={v.mode} />
					<div className={css.text}>
						<span className={css.strong}>
							<ObjectLink target={v.ref} />
						</span>
						<span className={css.dim}>{v.message}</span>
					</div>
					<span className={css.when}>{v.policy}</span>
				</li>
			))}
			{sorted.length > shown ? (
				<li className={css.row}>
					<Link to="/policies" search={{ tab: "violations" } as never}>
						All {plural(sorted.length, "violation")}
					</Link>
				</li>
			) : null}
		</ul>
	);
}
