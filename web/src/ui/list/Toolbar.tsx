import { ActionIcon, Button, Checkbox, CloseButton, Menu, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
	IconBaselineDensityMedium,
	IconBaselineDensitySmall,
	IconColumns3,
	IconDownload,
	IconFilter,
	IconFilterX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Tip } from "../Tip.tsx";
import type { Density } from "./column.ts";
import css from "./List.module.css";
import { SavedViews } from "./SavedViews.tsx";
import { useFilterKey } from "./useFilterKey.ts";

export interface ToolbarProps {
	what: string;
	query: string;
	onQuery: (query: string) => void;
	filtered: boolean;
	onClear: () => void;
	onFacets?: () => void;
	columns: { id: string; header: string; shown: boolean }[];
	onColumn: (id: string) => void;
	density: Density;
	onDensity: (density: Density) => void;
	onExport: () => void;
	children?: ReactNode;
}

export function Toolbar(props: ToolbarProps) {
	const input = useFilterKey();
	const phone = useMediaQuery("(max-width: 48em)") ?? false;
	const next: Density = props.density === "cosy" ? "compact" : "cosy";
	return (
		<div className={css.toolbar}>
			<TextInput
				ref={input}
				className={css.filter}
				size="xs"
				placeholder={phone ? "Filter" : `Filter ${props.what}  (f)`}
				aria-label={`Filter ${props.what}`}
				value={props.query}
				onChange={(event) => props.onQuery(event.currentTarget.value)}
				onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
				rightSection={
					props.query ? (
						<CloseButton size="xs" onClick={() => props.onQuery("")} aria-label="Clear the text" />
					) : null
				}
			/>
			{props.onFacets ? (
				<Button
					className={css.phoneOnly}
					variant="default"
					leftSection={<IconFilter size={14} stroke={1.5} />}
					onClick={props.onFacets}
				>
					Filters
				</Button>
			) : null}
			{props.filtered ? (
				<Tip label="Clear all filters">
					<ActionIcon variant="subtle" color="gray" onClick={props.onClear} aria-label="Clear all filters">
						<IconFilterX size={16} stroke={1.5} />
					</ActionIcon>
				</Tip>
			) : null}
			<span className={css.grow} />
			{props.children}
			<div className={css.tools}>
				<SavedViews what={props.what} />
				<ColumnMenu columns={props.columns} onColumn={props.onColumn} />
				<Tip label={next === "compact" ? "Denser rows" : "Roomier rows"}>
					<ActionIcon
						variant="subtle"
						color="gray"
						onClick={() => props.onDensity(next)}
						aria-label={next === "compact" ? "Denser rows" : "Roomier rows"}
					>
						{next === "compact" ? (
							<IconBaselineDensitySmall size={16} stroke={1.5} />
						) : (
							<IconBaselineDensityMedium size={16} stroke={1.5} />
						)}
					</ActionIcon>
				</Tip>
				<Tip label="Export these rows as CSV">
					<ActionIcon
						variant="subtle"
						color="gray"
						onClick={props.onExport}
						aria-label="Export these rows as CSV"
					>
						<IconDownload size={16} stroke={1.5} />
					</ActionIcon>
				</Tip>
			</div>
		</div>
	);
}

function ColumnMenu({ columns, onColumn }: Pick<ToolbarProps, "columns" | "onColumn">) {
	return (
		<Menu position="bottom-end" closeOnItemClick={false}>
			<Menu.Target>
				<ActionIcon variant="subtle" color="gray" aria-label="Columns" data-tip="Columns">
					<IconColumns3 size={16} stroke={1.5} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				<Menu.Label>Columns</Menu.Label>
				{columns.map((column) => (
					<Menu.Item
						key={column.id}
						onClick={() => onColumn(column.id)}
						role="menuitemcheckbox"
						aria-checked={column.shown}
						leftSection={<Checkbox.Indicator size="xs" checked={column.shown} />}
					>
						{column.header}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}
