import type { Condition } from "../api/types.ts";
import { conditionState } from "../model/conditions.ts";
import { Ago } from "./Ago.tsx";
import css from "./EventList.module.css";
import { Said } from "./Said.tsx";
import { StateIcon } from "./StateIcon.tsx";

export function ConditionList({ conditions, none }: { conditions: readonly Condition[]; none: string }) {
	if (conditions.length === 0) return <p className="dim">{none}</p>;
	return (
		<ul className={css.list}>
			{conditions.map((c) => (
				<li key={`${c.type}${c.message}`} className={css.event}>
					<StateIcon state={conditionState(c)} label={c.status ?? ""} />
					<div className={css.text}>
						<div className={css.head}>
							<strong>{c.type}</strong>
							<span className="dim">{c.reason}</span>
						</div>
						{c.message ? (
							<div className={css.message}>
								<Said text={c.message} />
							</div>
						) : null}
					</div>
					{c.lastTransitionTime ? (
						<span className={css.when}>
							<Ago at={c.lastTransitionTime} />
						</span>
					) : null}
				</li>
			))}
		</ul>
	);
}
