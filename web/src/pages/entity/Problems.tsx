import type { Entity } from "../../api/types.ts";
import { problemsOf } from "../../model/entity.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "../application/Banner.module.css";

/** What went wrong when its file was read: above everything else. */
export function Problems({ entity }: { entity: Entity }) {
	return (
		<div className={css.banner} role="status">
			{problemsOf(entity).map((item) => {
				const state = item.level === "error" ? "fail" : "warn";
				return (
					<div key={`${item.type}${item.message}`} className={css.line} data-state={state}>
						<StateIcon state={state} label={item.level} />
						<span>{item.message}</span>
					</div>
				);
			})}
		</div>
	);
}
