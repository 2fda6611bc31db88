import { useMemo } from "react";
import type { AppProject } from "../../api/types.ts";
import { type WindowView, windowViews } from "../../model/projects.ts";
import { sentence } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { useNow } from "../../ui/clock.ts";
import { Notice } from "../../ui/Notice.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import css from "./Projects.module.css";

function When({ of }: { of: WindowView }) {
	if (!of.span) return <span>when this is cannot be told</span>;
	return (
		<span>
			{of.span.open ? "ends" : "begins"} <Ago at={of.span.open ? of.span.to : of.span.from} />
		</span>
	);
}

function Window({ of }: { of: WindowView }) {
	const open = of.span?.open ?? false;
	return (
		<li className={css.one} aria-label={of.when}>
			<div className={css.head}>
				<StateText state={open ? (of.allows ? "ok" : "paused") : "unknown"}>
					{of.allows ? "Allows syncs" : "Denies syncs"}
					{open ? " now" : ""}
				</StateText>
				<code>{of.when}</code>
				<span className={css.aside}>
					<When of={of} />
				</span>
			</div>
			<p className="small dim">
				{sentence(of.about) || "Of no application: it names none"}
				{of.byHand ? ". People may sync all the same" : ""}
				{of.description ? `. ${of.description}` : ""}
			</p>
		</li>
	);
}

/** When syncs may happen, with what is so now. */
export function Windows({ project }: { project: AppProject }) {
	const minute = Math.floor(useNow() / 60_000);
	const windows = useMemo(() => windowViews(project, minute * 60_000), [project, minute]);
	if (windows.length === 0)
		return (
			<Notice title="No sync windows">
				<p>Its applications may be synced at any time. Windows would say when, and when not.</p>
			</Notice>
		);
	return (
		<Scroll narrow>
			<ul className={css.list} aria-label="Sync windows">
				{windows.map((one) => (
					<Window key={one.key} of={one} />
				))}
			</ul>
		</Scroll>
	);
}
