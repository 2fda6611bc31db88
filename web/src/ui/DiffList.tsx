import { Fragment } from "react";
import type { PathDiff } from "../api/types.ts";
import css from "./DiffList.module.css";

function show(value: unknown): string {
	if (value === undefined || value === null) return "";
	if (typeof value === "string") return value;
	return JSON.stringify(value, null, typeof value === "object" ? 1 : undefined);
}

/** Field by field: the path, what is, what will be. */
export function DiffList({
	diff,
	from = "is",
	to = "will be",
}: {
	diff: readonly PathDiff[];
	from?: string;
	to?: string;
}) {
	return (
		<table className={css.diff}>
			<thead className="pv-sr">
				<tr>
					<th>field</th>
					<th>{from}</th>
					<th>{to}</th>
				</tr>
			</thead>
			<tbody>
				{diff.map((d) => (
					<tr key={d.path}>
						<td className={css.path}>
							<code>
								{d.path.split(/(?<=\.)/).map((part, at) => (
									<Fragment key={at}>
										{part}
										<wbr />
									</Fragment>
								))}
							</code>
						</td>
						<td>
							{show(d.from) ? (
								<del className={css.from}>{show(d.from)}</del>
							) : (
								<span className="dim">not set</span>
							)}
						</td>
						<td>
							{show(d.to) ? <ins className={css.to}>{show(d.to)}</ins> : <span className="dim">removed</span>}
						</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
