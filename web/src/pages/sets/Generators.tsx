import type { ApplicationSet } from "../../api/types.ts";
import { type GeneratorView, generatorViews } from "../../model/sets.ts";
import { plural } from "../../model/text.ts";
import { Card, Facts } from "../../ui/Card.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import css from "./Sets.module.css";

function Inside({ of }: { of: GeneratorView }) {
	return (
		<>
			{of.facts.length > 0 ? (
				<Facts facts={of.facts.map(([name, value]) => [name, <code key={name}>{value}</code>])} />
			) : null}
			{of.elements.length > 0 ? (
				<ul className={css.elements}>
					{of.elements.map((text, at) => (
						<li key={`${at}${text}`}>
							<code>{text}</code>
						</li>
					))}
				</ul>
			) : null}
			{of.below.map((one) => (
				<section key={one.key} className={css.below} aria-label={one.kind}>
					<h3>{one.kind}</h3>
					<Inside of={one} />
				</section>
			))}
		</>
	);
}

/** Each generator: where it looks, and what stands in it. */
export function Generators({ set }: { set: ApplicationSet }) {
	return (
		<Scroll narrow>
			<div className={css.cards}>
				{generatorViews(set).map((one) => (
					<Card
						key={one.key}
						title={one.kind}
						aside={
							one.elements.length > 0
								? plural(one.elements.length, "set of parameters", "sets of parameters")
								: null
						}
					>
						<Inside of={one} />
					</Card>
				))}
			</div>
		</Scroll>
	);
}
