import { Fragment } from "react";
import type { PathDiff } from "../api/types.ts";
import css from "./DiffList.module.css";

const longest = 160;

function Value({ value, kind }: { value: unknown; kind: "from" | "to" }) {
	const text = show(value);
	const Tag = kind === "from" ? "del" : "ins";
	if (text === "") return <span className="dim">{kind === "from" ? "not set" : "removed"}</span>;
	if (text.length <= longest) return <Tag className={css[kind]}>{text}</Tag>;
	return (
		<details>
			<summary className={css.more}>{text.length.toLocaleString("en")} characters</summary>
			<Tag className={css[kind]}>{text}</Tag>
		</details>
	);
}

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
			<colgroup>
				<col className={css.paths} />
				<col span={2} />
			</colgroup>
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
							<Value value={d.from} kind="from" />
						</td>
						<td>
							<Value value={d.to} kind="to" />
						</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
