/** A small picture of what stands around an entity: three columns, and curves between them. */
import type { Entity } from "../../api/types.ts";
import { entityHref } from "../../model/links.ts";
import { type Neighbour, neighbourhood } from "../../model/neighbours.ts";
import { Go } from "../../ui/Anchor.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { useMissing } from "../../ui/Known.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import css from "./RelationGraph.module.css";

const kinds: Record<string, string> = {
	component: "Component",
	api: "API",
	resource: "Resource",
	system: "System",
	domain: "Domain",
	group: "Group",
	user: "User",
};

/** Height of a row, as in the style sheet's --row: only proportions matter here. */
const line = 52;

function Side({ label, nodes }: { label: string; nodes: readonly Neighbour[] }) {
	const missing = useMissing();
	return (
		<ul className={css.side} aria-label={label}>
			{nodes.map(({ id, ref, words }) => {
				const icon = <KindIcon kind={kinds[ref.kind] ?? ""} size={14} />;
				const name = <MiddleFit text={ref.name} />;
				return (
					<li key={id}>
						{missing(ref) ? (
							<span className={`${css.node} ${css.missing}`}>
								{icon}
								<span>
									<s>{name}</s>
									<small>not in the catalog</small>
								</span>
							</span>
						) : (
							<Go href={entityHref(ref)} className={css.node}>
								{icon}
								<span>
									{name}
									<small>{words.join(", ")}</small>
								</span>
							</Go>
						)}
					</li>
				);
			})}
		</ul>
	);
}

/** From the middle of each of `count` rows to the middle of all; mirrored: the other way round. */
function Curves({ count, rows, mirrored }: { count: number; rows: number; mirrored?: boolean }) {
	const height = rows * line;
	const middle = height / 2;
	return (
		<svg
			className={mirrored ? `${css.curves} ${css.mirrored}` : css.curves}
			viewBox={`0 0 100 ${height}`}
			preserveAspectRatio="none"
			style={{ height: `calc(var(--row) * ${rows})` }}
			aria-hidden
		>
			{Array.from({ length: count }, (_, at) => {
				const y = middle + (at - (count - 1) / 2) * line;
				return <path key={y} d={`M0 ${y}C50 ${y} 50 ${middle} 100 ${middle}`} />;
			})}
		</svg>
	);
}

export function RelationGraph({ entity }: { entity: Entity }) {
	const { self, neighbours, more } = neighbourhood(entity);
	const left = neighbours.filter((n) => n.side === "left");
	const right = neighbours.filter((n) => n.side === "right");
	const rows = Math.max(left.length, right.length);
	if (rows === 0) return <p className={css.none}>Nothing is related to it yet.</p>;
	return (
		<>
			<div className={css.graph} data-lines={2}>
				{left.length > 0 ? (
					<>
						<Side label="Through it" nodes={left} />
						<Curves count={left.length} rows={rows} />
					</>
				) : null}
				<span className={`${css.node} ${css.self}`}>
					<KindIcon kind={kinds[self.kind] ?? ""} size={14} />
					<MiddleFit text={self.name} />
				</span>
				{right.length > 0 ? (
					<>
						<Curves count={right.length} rows={rows} mirrored />
						<Side label="What it stands on" nodes={right} />
					</>
				) : null}
			</div>
			{more.left + more.right > 0 ? (
				<p className={css.caption}>
					{[
						more.left ? `${more.left} more at the left` : "",
						more.right ? `${more.right} more at the right` : "",
					]
						.filter(Boolean)
						.join(", ")}
					: see the relations.
				</p>
			) : null}
		</>
	);
}
