import type { Entity } from "../../api/types.ts";
import {
	entityRefOf,
	entityTitle,
	gapsOf,
	ownerOf,
	problemsOf,
	shortEntityRef,
	systemOf,
} from "../../model/entity.ts";
import { checkName } from "../../model/gaps.ts";
import { entityHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import { plural, sentence } from "../../model/text.ts";
import { Go } from "../../ui/Anchor.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { EntityLinkTo } from "../../ui/Known.tsx";
import type { Column } from "../../ui/list/column.ts";
import { MiddleFit } from "../../ui/Middle.tsx";
import { StateIcon, StateText } from "../../ui/StateIcon.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "./Catalog.module.css";
import type { CatalogRow } from "./rows.ts";

function Name({ entity }: { entity: Entity }) {
	const problems = problemsOf(entity).filter((item) => item.level === "error");
	return (
		<span className={css.name}>
			<KindIcon kind={entity.kind ?? ""} />
			<Go href={entityHref(entityRefOf(entity))} className={css.link}>
				<MiddleFit text={entityTitle(entity)} tail={8} />
			</Go>
			{problems.length > 0 ? (
				<Tip label={problems[0]?.message ?? "Processing failed"}>
					<span>
						<StateIcon state="fail" label="Processing error" />
					</span>
				</Tip>
			) : null}
		</span>
	);
}

function Gaps({ entity }: { entity: Entity }) {
	const gaps = gapsOf(entity);
	if (gaps.length === 0) return null;
	return (
		<Tip label={gaps.map((g) => sentence(g.message ?? g.check)).join(". ")}>
			<span>
				<StateText state="warn">{plural(gaps.length, "gap")}</StateText>
			</span>
		</Tip>
	);
}

function refCell(ref: ReturnType<typeof ownerOf>, kind: string) {
	return ref ? <EntityLinkTo target={ref} kind={kind} /> : null;
}

export const columns: readonly Column<CatalogRow>[] = [
	{
		id: "name",
		header: "Name",
		phone: true,
		min: 9.5,
		grow: 5,
		cell: (r) => <Name entity={r.entity} />,
		value: (r) => r.title,
	},
	{ id: "kind", header: "Kind", min: 6, grow: 0.3, value: (r) => r.kind },
	{ id: "type", header: "Type", min: 6, grow: 0.5, value: (r) => r.type },
	{
		id: "owner",
		header: "Owner",
		min: 6.5,
		grow: 1,
		cell: (r) => refCell(ownerOf(r.entity), "group"),
		value: (r) => r.owner,
	},
	{
		id: "system",
		header: "System",
		min: 7.75,
		grow: 0.7,
		drop: 1,
		cell: (r) => refCell(systemOf(r.entity), "system"),
		value: (r) => r.system,
	},
	{ id: "lifecycle", header: "Lifecycle", min: 6.25, grow: 0.3, value: (r) => r.lifecycle },
	{
		id: "health",
		header: "Health",
		phone: true,
		rem: 7,
		cell: (r) => (r.health ? <StateText state={r.state}>{r.health}</StateText> : null),
		value: (r) => r.health,
	},
	{
		id: "gaps",
		header: "Gaps",
		rem: 6,
		cell: (r) => <Gaps entity={r.entity} />,
		value: (r) => gapsOf(r.entity).length,
	},
	{
		id: "description",
		header: "Description",
		grow: 3,
		extra: true,
		value: (r) => r.entity.metadata.description ?? "",
	},
	{ id: "tags", header: "Tags", grow: 1.5, extra: true, value: (r) => r.tags.join(", ") },
	{ id: "namespace", header: "Namespace", grow: 1, extra: true, value: (r) => r.namespace },
];

export const facets: readonly Facet<CatalogRow>[] = [
	{ id: "kind", label: "Kind", of: (r) => [r.kind] },
	{ id: "type", label: "Type", of: (r) => (r.type ? [r.type] : []) },
	{ id: "owner", label: "Owner", of: (r) => (r.owner ? [r.owner] : []) },
	{ id: "lifecycle", label: "Lifecycle", of: (r) => (r.lifecycle ? [r.lifecycle] : []) },
	{ id: "gap", label: "Missing", of: (r) => r.gaps, name: checkName },
	{ id: "health", label: "Health", of: (r) => (r.health ? [r.health] : []) },
	{ id: "system", label: "System", of: (r) => (r.system ? [r.system] : []), open: false },
	{ id: "tag", label: "Tag", of: (r) => r.tags, open: false },
	{ id: "namespace", label: "Namespace", of: (r) => [r.namespace], open: false },
];

export function searchText(row: CatalogRow): string {
	const { entity } = row;
	const owner = ownerOf(entity);
	return [
		row.title,
		entity.metadata.name,
		row.kind,
		row.type,
		owner ? shortEntityRef(owner, "group") : "",
		row.system,
		row.tags.join(" "),
		entity.metadata.description ?? "",
	].join(" ");
}
