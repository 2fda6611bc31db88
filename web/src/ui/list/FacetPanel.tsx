import { Checkbox, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { type Facet, type FacetValue, none } from "../../model/list.ts";
import css from "./FacetPanel.module.css";

const firstShown = 8;

interface FacetGroupProps<T> {
	facet: Facet<T>;
	values: readonly FacetValue[];
	chosen: readonly string[];
	onToggle: (value: string) => void;
}

function valueName<T>(facet: Facet<T>, value: string): string {
	return value === none ? "None" : (facet.name?.(value) ?? value);
}

function FacetGroup<T>({ facet, values, chosen, onToggle }: FacetGroupProps<T>) {
	const [open, setOpen] = useState(facet.open !== false || chosen.length > 0);
	const [all, setAll] = useState(false);
	const shown = all ? values : values.slice(0, firstShown);
	const Chevron = open ? IconChevronDown : IconChevronRight;
	return (
		<fieldset className={css.group}>
			<legend className={css.legend}>
				<UnstyledButton className={css.title} onClick={() => setOpen(!open)} aria-expanded={open}>
					<Chevron size={12} stroke={2} aria-hidden />
					{facet.label}
				</UnstyledButton>
			</legend>
			{open
				? shown.map(({ value, count }) => (
						// biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is inside
						<label key={value} className={css.value} data-empty={count === 0 || undefined}>
							<Checkbox
								size="xs"
								checked={chosen.includes(value)}
								onChange={() => onToggle(value)}
								aria-label={`${facet.label}: ${valueName(facet, value)}, ${count}`}
							/>
							<span className={css.name}>{valueName(facet, value)}</span>
							<span className={css.count}>{count.toLocaleString("en")}</span>
						</label>
					))
				: null}
			{open && values.length > firstShown ? (
				<UnstyledButton className={css.more} onClick={() => setAll(!all)}>
					{all ? "Fewer" : `${values.length - firstShown} more`}
				</UnstyledButton>
			) : null}
		</fieldset>
	);
}

/** A facet that no row has a value of is not worth its place. */
function says(values: readonly FacetValue[]): boolean {
	return values.some(({ value }) => value !== none);
}

export interface FacetPanelProps<T> {
	facets: readonly Facet<T>[];
	values: Record<string, FacetValue[]>;
	chosen: Record<string, readonly string[]>;
	onToggle: (facet: string, value: string) => void;
}

export function FacetPanel<T>({ facets, values, chosen, onToggle }: FacetPanelProps<T>) {
	return (
		<div className={css.panel}>
			{facets
				.filter((facet) => says(values[facet.id] ?? []))
				.map((facet) => (
					<FacetGroup
						key={facet.id}
						facet={facet}
						values={values[facet.id] ?? []}
						chosen={chosen[facet.id] ?? []}
						onToggle={(value) => onToggle(facet.id, value)}
					/>
				))}
		</div>
	);
}
