/** What policies have against an object, or had against a write, with what each stands on. */
import type { Objection } from "../api/types.ts";
import { policyText, readText, statementsTitle } from "../model/objections.ts";
import { modeOf } from "../model/state.ts";
import { ModeBadge } from "./ModeBadge.tsx";
import css from "./Objections.module.css";
import { StateIcon } from "./StateIcon.tsx";

function Statements({ objection }: { objection: Objection }) {
	const list = objection.statements ?? [];
	if (list.length === 0) return null;
	return (
		<>
			<p className="dim">{statementsTitle(objection)}</p>
			<ol className={css.statements}>
				{list.map(({ text, line, holds }, at) => (
					<li key={at}>
						{line ? <span className="dim num">{line}</span> : null}
						<code>{line || !holds ? text : `!(${text})`}</code>
					</li>
				))}
			</ol>
		</>
	);
}

function One({ objection }: { objection: Objection }) {
	const { effect, message, reads = [], soon, rollout, exemption } = objection;
	return (
		<li className={css.one}>
			{effect === "exempt" ? <StateIcon state="ok" /> : effect ? null : <StateIcon state="fail" />}
			<div>
				<p>{message}</p>
				<p className={css.policy}>
					{effect && effect !== "exempt" ? <ModeBadge mode={modeOf(effect)} deed plain /> : null}
					<span className="dim">{policyText(objection)}</span>
				</p>
				{exemption ? (
					<p className="dim">
						Exempt until {exemption.until} by {exemption.name}: {exemption.reason}
					</p>
				) : null}
				{soon ? <p>{soon}</p> : rollout ? <p className="dim">Held down by rollout {rollout}</p> : null}
				{reads.map((read, at) => (
					<p key={at} className={css.read}>
						{readText(read).map(([text, code], part) =>
							code ? <code key={part}>{text}</code> : <span key={part}>{text}</span>,
						)}
					</p>
				))}
				<Statements objection={objection} />
			</div>
		</li>
	);
}

export function Objections({ title, list }: { title: string; list: readonly Objection[] }) {
	if (list.length === 0) return null;
	return (
		<section aria-label={title}>
			<h2 className={css.title}>{title}</h2>
			<ul className={css.list}>
				{list.map((objection, at) => (
					<One key={at} objection={objection} />
				))}
			</ul>
		</section>
	);
}
