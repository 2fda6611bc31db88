import { IconBook, IconChartLine, IconExternalLink, IconLifebuoy, IconMessage } from "@tabler/icons-react";
import type { Entity, EntityLink } from "../../api/types.ts";
import { safeUrl } from "../../model/entity.ts";
import { Away } from "../../ui/Anchor.tsx";
import css from "./Entity.module.css";

function iconOf(link: EntityLink) {
	const hint = `${link.icon ?? ""} ${link.type ?? ""}`.toLowerCase();
	if (/runbook|alert|support/.test(hint)) return IconLifebuoy;
	if (/dash|grafana|chart/.test(hint)) return IconChartLine;
	if (/chat|slack/.test(hint)) return IconMessage;
	if (/doc|wiki|book/.test(hint)) return IconBook;
	return IconExternalLink;
}

export function Links({ entity }: { entity: Entity }) {
	const links = entity.metadata.links ?? [];
	if (links.length === 0)
		return (
			<p className="dim">
				None. Dashboards, runbooks and chat rooms belong under <code>metadata.links</code>.
			</p>
		);
	return (
		<ul className={css.links}>
			{links.map((link) => {
				const Icon = iconOf(link);
				const url = safeUrl(link.url);
				return (
					<li key={link.url}>
						<Icon size={15} stroke={1.5} aria-hidden />
						{url ? <Away href={url}>{link.title || link.url}</Away> : <span>{link.title || link.url}</span>}
						{link.type && link.type.toLowerCase() !== link.title?.toLowerCase() ? (
							<span className="small dim">{link.type}</span>
						) : null}
					</li>
				);
			})}
		</ul>
	);
}
