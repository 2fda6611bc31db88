import type { Entity } from "../../api/types.ts";
import { annotationOf, gapsOf, locationTarget, safeUrl } from "../../model/entity.ts";
import { sentence } from "../../model/text.ts";
import { Away } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Entity.module.css";

/** Each gap with the change that closes it. */
export function Missing({ entity }: { entity: Entity }) {
	const file = safeUrl(locationTarget(annotationOf(entity, "managedBy")));
	return (
		<>
			<ul className={css.gaps}>
				{gapsOf(entity).map((gap) => (
					<li key={gap.check}>
						<StateIcon state="warn" label="Missing" />
						<div>
							<strong>{sentence(gap.message || gap.check)}</strong>
							{gap.fix ? <p className={css.fix}>{sentence(gap.fix)}</p> : null}
						</div>
					</li>
				))}
			</ul>
			{file ? (
				<p className={css.file}>
					<Away href={file}>Open the file</Away>
				</p>
			) : null}
		</>
	);
}
