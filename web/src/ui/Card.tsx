import type { ReactNode } from "react";
import css from "./Card.module.css";

export interface CardProps {
	title: string;
	/** Right of the title: a count, a link. */
	aside?: ReactNode;
	children: ReactNode;
	flush?: boolean;
}

export function Card({ title, aside, children, flush }: CardProps) {
	return (
		<section className={css.card} aria-label={title}>
			<header className={css.head}>
				<h2>{title}</h2>
				{aside ? <div className={css.aside}>{aside}</div> : null}
			</header>
			<div className={flush ? css.flush : css.body}>{children}</div>
		</section>
	);
}

/** Names and values, aligned. */
export function Facts({ facts }: { facts: readonly [name: string, value: ReactNode][] }) {
	return (
		<dl className={css.facts}>
			{facts.map(([name, value]) => (
				<div key={name} className={css.fact}>
					<dt>{name}</dt>
					<dd>
						{value === undefined || value === null || value === "" ? <span className="dim">–</span> : value}
					</dd>
				</div>
			))}
		</dl>
	);
}

export function Cards({ children }: { children: ReactNode }) {
	return <div className={css.cards}>{children}</div>;
}
