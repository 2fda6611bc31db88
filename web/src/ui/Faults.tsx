/** Faults in files, each on lines of its own: where, and what. */
import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { CatalogSource } from "../api/types.ts";
import { type Fault, faultCount, faultsOf, placeAmong } from "../model/sources.ts";
import { plural } from "../model/text.ts";
import css from "./Faults.module.css";
import { MiddleFit } from "./Middle.tsx";
import { StateIcon } from "./StateIcon.tsx";
import { Tip } from "./Tip.tsx";

/** Of a place: the name of the file and the line stay. */
const tailOf = (place: string) => Math.min(28, place.length - place.lastIndexOf("/"));

/** The whole of one source's, or those of several, one line each, where they are not what the page is about. */
export function Faults({ faults, brief }: { faults: readonly Fault[]; brief?: boolean }) {
	return (
		<ul className={css.list} data-brief={brief || undefined}>
			{faults.map((fault, at) => (
				<li key={at} className={css.fault}>
					<code className={css.place}>
						{brief ? null : <StateIcon state="fail" size={12} label="Fault" />}
						{brief ? <MiddleFit text={placeAmong(fault)} tail={tailOf(fault.place)} /> : fault.place}
					</code>
					<Tip label={brief ? fault.message : undefined}>
						<span className={brief ? css.line : undefined}>{fault.message}</span>
					</Tip>
				</li>
			))}
		</ul>
	);
}

const first = 8;

/** All of a source, the first at once. */
export function SourceFaults({ source }: { source: CatalogSource }) {
	const [all, setAll] = useState(false);
	const faults = faultsOf(source);
	if (faults.length === 0) return null;
	const untold = faultCount(source) - faults.length;
	return (
		<>
			<Faults faults={all ? faults : faults.slice(0, first)} />
			{faults.length > first ? (
				<UnstyledButton className={css.more} onClick={() => setAll(!all)}>
					{all ? "Fewer" : `${faults.length - first} more`}
				</UnstyledButton>
			) : null}
			{untold > 0 && (all || faults.length <= first) ? (
				<p className="small dim">
					And {plural(untold, "fault")} that the source's status has no room for: mend these first.
				</p>
			) : null}
		</>
	);
}
