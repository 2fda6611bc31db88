import { Link } from "@tanstack/react-router";
import type { Concern } from "../../model/attention.ts";
import { sentence } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { Brief } from "./Brief.tsx";
import css from "./Home.module.css";

const shown = 12;

/** What is not as it should be, each with its reason and since when. */
export function Attention({ concerns }: { concerns: readonly Concern[] }) {
	return (
		<ul className={css.rows}>
			{concerns.slice(0, shown).map(({ href, name, kind, state, word, reason, since }) => (
				<li key={`${kind} ${href} ${name}`} className={css.row}>
					<StateIcon state={state} label={word} />
					<div className={css.text}>
						<span>
							<Go href={href} className={css.strong}>
								{name}
							</Go>
							{kind ? <span className={css.kind}>{kind}</span> : null}
						</span>
						<Brief text={sentence([word, reason].filter(Boolean).join(": "))} />
					</div>
					<span className={css.when}>{since ? <Ago at={since} /> : null}</span>
				</li>
			))}
			{concerns.length > shown ? (
				<li className={css.row}>
					<Link to="/applications">{concerns.length - shown} more</Link>
				</li>
			) : null}
		</ul>
	);
}
