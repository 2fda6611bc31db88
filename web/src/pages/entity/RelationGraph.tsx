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
const line = 44;

function Node({ kind, name }: { kind: string; name: string }) {
	return (
		<>
			<KindIcon kind={kinds[kind] ?? ""} size={14} />
			<MiddleFit text={name} />
		</>
	);
}

function Side({ label, nodes }: { label: string; nodes: readonly Neighbour[] }) {
	const missing = useMissing();
	return (
		<ul className={css.side} aria-label={label}>
			{nodes.map((n) => (
				<li key={n.id}>
					{missing(n.ref) ? (
						<span className={`${css.node} ${css.missing}`} title={`${n.ref.name}: ${n.words.join(", ")}`}>
							<KindIcon kind={kinds[n.ref.kind] ?? ""} size={14} />
							<span>
								<s>
									<MiddleFit text={n.ref.name} />
								</s>
								<small>not in the catalog</small>
							</span>
						</span>
					) : (
						<Go href={entityHref(n.ref)} className={css.node} title={`${n.ref.name}: ${n.words.join(", ")}`}>
							<Node kind={n.ref.kind} name={n.ref.name} />
						</Go>
					)}
				</li>
			))}
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
	const words = (what: string, leftOut: number) => (leftOut > 0 ? `${what} (${leftOut} more)` : what);
	return (
		<>
			<div className={css.graph} data-lines={2}>
				{left.length > 0 ? (
					<>
						<Side label="Who needs it" nodes={left} />
						<Curves count={left.length} rows={rows} />
					</>
				) : null}
				<span className={`${css.node} ${css.self}`}>
					<Node kind={self.kind} name={self.name} />
				</span>
				{right.length > 0 ? (
					<>
						<Curves count={right.length} rows={rows} mirrored />
						<Side label="What it needs" nodes={right} />
					</>
				) : null}
			</div>
			<p className={css.caption}>
				{[
					left.length > 0 ? words("Left: who needs it", more.left) : "",
					right.length > 0 ? words("Right: what it needs", more.right) : "",
				]
					.filter(Boolean)
					.join(". ")}
				.
			</p>
		</>
	);
}
