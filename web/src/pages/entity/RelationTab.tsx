import type { Entity } from "../../api/types.ts";
import { groupRelations, relationWord } from "../../model/entity.ts";
import { plural } from "../../model/text.ts";
import { Card } from "../../ui/Card.tsx";
import { EntityLinkTo } from "../../ui/Known.tsx";
import { Notice } from "../../ui/Notice.tsx";
import css from "./Entity.module.css";

export function RelationTab({ entity }: { entity: Entity }) {
	const groups = groupRelations(entity);
	if (groups.length === 0)
		return (
			<Notice title="No relations">
				<p>
					<code>spec.owner</code>, <code>spec.system</code>, <code>spec.dependsOn</code> and the API lists
					make them, in this file or in another.
				</p>
			</Notice>
		);
	return (
		<div className={css.relationGroups}>
			{groups.map(({ type, targets }) => (
				<Card key={type} title={relationWord(type)} aside={plural(targets.length, "entity", "entities")}>
					<ul className={css.targetList}>
						{targets.map((target) => (
							<li key={`${target.kind}${target.namespace}${target.name}`}>
								<EntityLinkTo target={target} kind={target.kind} />
								<span className="small dim">{target.kind}</span>
							</li>
						))}
					</ul>
				</Card>
			))}
		</div>
	);
}
