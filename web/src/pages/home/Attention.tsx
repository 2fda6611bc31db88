import { UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Concern, type Concerns, groupConcerns } from "../../model/attention.ts";
import { sentence } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { Brief } from "./Brief.tsx";
import css from "./Home.module.css";

const shown = 12;
/** Of those of one cause. */
const named = 3;

function Names({ of }: { of: readonly Concern[] }) {
	const [all, setAll] = useState(false);
	const told = all ? of : of.slice(0, named);
	return (
		<span>
			{told.map(({ href, name, kind }, at) => (
				<span key={`${kind} ${href} ${name}`}>
					<Go href={href} className={css.strong}>
						{name}
					</Go>
					{kind ? <span className={css.kind}>{kind}</span> : null}
					{at < of.length - 1 ? ", " : null}
				</span>
			))}
			{told.length < of.length ? (
				<UnstyledButton className={css.others} onClick={() => setAll(true)}>
					{of.length - told.length} more
				</UnstyledButton>
			) : null}
		</span>
	);
}

function Row({ of, state, word, reason, since }: Concerns) {
	return (
		<li className={css.row}>
			<StateIcon state={state} label={word} />
			<div className={css.text}>
				<Names of={of} />
				<Brief text={sentence([word, reason].filter(Boolean).join(": "))} />
			</div>
			<span className={css.when}>{since ? <Ago at={since} /> : null}</span>
		</li>
	);
}

/** What is not as it should be, each with its reason and since when; what has one cause in one row. */
export function Attention({ concerns }: { concerns: readonly Concern[] }) {
	const groups = groupConcerns(concerns);
	const hidden = groups.slice(shown).reduce((sum, group) => sum + group.of.length, 0);
	return (
		<ul className={css.rows}>
			{groups.slice(0, shown).map((group) => (
				<Row key={`${group.of[0].kind} ${group.of[0].href} ${group.of[0].name}`} {...group} />
			))}
			{hidden > 0 ? (
				<li className={css.row}>
					<Link to="/applications">{hidden} more</Link>
				</li>
			) : null}
		</ul>
	);
}
