import { useMediaQuery } from "@mantine/hooks";
import { IconShieldCheck } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { objectHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import type { Violation } from "../../model/violations.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import type { Column } from "../../ui/list/column.ts";
import { List } from "../../ui/list/List.tsx";
import { ModeBadge, modeDeed } from "../../ui/ModeBadge.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "./ViolationList.module.css";

function Message({ violation }: { violation: Violation }) {
	const { message, field, value, ref } = violation;
	const said = field ? `${field} ${value ? `is ${value}` : "is not set"}` : "";
	return (
		<Tip label={said ? `${message} (${said})` : message}>
			<div className={css.message}>
				<span className={css.phone}>
					<ModeBadge mode={violation.mode} deed plain />
					{ref.namespace ? <span className={css.namespace}>in {ref.namespace}</span> : null}
				</span>
				<span className={css.phone}>
					<ObjectLink target={ref} />
				</span>
				<span>{message}</span>
				{field ? <code className={css.field}>{field}</code> : null}
			</div>
		</Tip>
	);
}

const columns: readonly Column<Violation>[] = [
	{
		id: "mode",
		header: "If applied today",
		rem: 11,
		cell: (v) => <ModeBadge mode={v.mode} deed plain />,
		value: (v) => `${["deny", "warn", "audit"].indexOf(v.mode)} ${v.policy}`,
	},
	{
		id: "object",
		header: "Object",
		min: 12.75,
		grow: 1.2,
		cell: (v) => <ObjectLink target={v.ref} />,
		value: (v) => `${v.ref.kind}/${v.ref.name}`,
	},
	{ id: "namespace", header: "Namespace", min: 6.5, grow: 0.4, value: (v) => v.ref.namespace ?? "" },
	{ id: "team", header: "Team", min: 6.25, grow: 0.4, value: (v) => v.team },
	{
		id: "message",
		header: "Message",
		phone: true,
		min: 17,
		grow: 4,
		cell: (v) => <Message violation={v} />,
		value: (v) => v.message,
	},
	{
		id: "field",
		header: "Field",
		grow: 2,
		extra: true,
		cell: (v) => <code title={v.field}>{v.field}</code>,
		value: (v) => v.field,
	},
	{
		id: "from",
		header: "Refused from",
		rem: 7.5,
		drop: 2,
		cell: (v) => (v.from ? <Ago at={v.from} /> : null),
		value: (v) => v.from ?? "",
	},
	{ id: "policy", header: "Policy", min: 9, grow: 0.6, drop: 1, value: (v) => v.policy },
	{
		id: "value",
		header: "Value",
		grow: 1.5,
		extra: true,
		cell: (v) => <code>{v.value}</code>,
		value: (v) => v.value,
	},
	{ id: "severity", header: "Severity", rem: 6, extra: true, value: (v) => v.severity },
];

const facets: readonly Facet<Violation>[] = [
	{
		id: "mode",
		label: "If applied today",
		of: (v) => [v.mode],
		name: modeDeed,
		order: ["deny", "warn", "audit"],
	},
	{ id: "policy", label: "Policy", of: (v) => [v.policy] },
	{ id: "rollout", label: "Rollout", of: (v) => (v.rollout ? [v.rollout] : []) },
	{ id: "team", label: "Team", of: (v) => (v.team ? [v.team] : []) },
	{ id: "namespace", label: "Namespace", of: (v) => (v.ref.namespace ? [v.ref.namespace] : []) },
	{ id: "kind", label: "Kind", of: (v) => [v.kind] },
	{ id: "severity", label: "Severity", of: (v) => (v.severity ? [v.severity] : []) },
];

function searchText(v: Violation): string {
	return [v.ref.kind, v.ref.name, v.ref.namespace, v.team, v.policy, v.message, v.field, v.value].join(" ");
}

export function ViolationList({
	violations,
	loading,
}: {
	violations: readonly Violation[];
	loading: boolean;
}) {
	const navigate = useNavigate();
	const phone = useMediaQuery("(max-width: 48em)") ?? false;
	return (
		<List
			what="violations"
			one="violation"
			rows={violations}
			loading={loading}
			columns={columns}
			facets={facets}
			text={searchText}
			rowKey={(v) => v.key}
			onOpen={(v) => void navigate({ to: objectHref(v.ref) as "/" })}
			sort={{ id: "mode", desc: false }}
			rowHeight={phone ? 108 : 68}
			empty={
				<Notice icon={<IconShieldCheck size={20} stroke={1.5} />} title="Nothing breaks a policy">
					<p>
						Objects that exist and would be refused, warned or audited are listed here as soon as there are
						any.
					</p>
				</Notice>
			}
		/>
	);
}
