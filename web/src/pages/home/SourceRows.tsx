/** The catalog's sources that are not read, and the faults of those that are: a line each, the first few. */
import { Link } from "@tanstack/react-router";
import { resources } from "../../api/resources.ts";
import type { CatalogSource } from "../../api/types.ts";
import { objectHref } from "../../model/links.ts";
import type { SourceTroubles } from "../../model/sources.ts";
import { plural, sentence } from "../../model/text.ts";
import { Go } from "../../ui/Anchor.tsx";
import { Faults } from "../../ui/Faults.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "./Home.module.css";

const told = 3;

function More({ n }: { n: number }) {
	if (n <= 0) return null;
	return (
		<Link to="/settings" className={css.more}>
			{n.toLocaleString("en")} more
		</Link>
	);
}

function hrefOf(source: CatalogSource): string {
	return objectHref({ ...resources.catalogSources, name: source.metadata.name });
}

export function SourceRows({ troubles }: { troubles: SourceTroubles }) {
	const { unread, faulty, count, faults } = troubles;
	return (
		<>
			{unread.length > 0 ? (
				<li className={css.row}>
					<StateIcon state={unread[0]?.state.state ?? "fail"} label="Not read" />
					<div className={css.text}>
						<Link to="/settings" className={css.strong}>
							{plural(unread.length, "broken source")}
						</Link>
						{unread.slice(0, told).map(({ source, state }) => (
							<div key={source.metadata.name} className={css.told}>
								<Go href={hrefOf(source)}>{source.metadata.name}</Go>
								<Tip label={state.message}>
									<span className={css.line}>
										{state.word}: {sentence(state.message)}
									</span>
								</Tip>
							</div>
						))}
						<More n={unread.length - told} />
					</div>
				</li>
			) : null}
			{count > 0 ? (
				<li className={css.row}>
					<StateIcon state="warn" label="Faults" />
					<div className={css.text}>
						<Link to="/settings" className={css.strong}>
							{plural(count, "fault")} in {plural(faulty, "source")}
						</Link>
						<Faults faults={faults.slice(0, told)} brief />
						<More n={count - Math.min(told, faults.length)} />
					</div>
				</li>
			) : null}
		</>
	);
}
