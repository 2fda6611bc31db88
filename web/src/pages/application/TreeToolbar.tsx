import { Button, Checkbox, Menu, SegmentedControl, TextInput } from "@mantine/core";
import { IconChevronDown, IconListTree, IconSitemap } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type State, worstFirst } from "../../model/state.ts";
import { plural } from "../../model/text.ts";
import { countBy, type Tree, type TreeFilter } from "../../model/tree.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./TreeTab.module.css";

interface PickProps {
	label: string;
	values: [value: string, count: number][];
	chosen: readonly string[];
	show?: (value: string) => ReactNode;
	onChange: (chosen: string[]) => void;
}

function Pick({ label, values, chosen, show, onChange }: PickProps) {
	const toggle = (value: string) =>
		onChange(chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value]);
	return (
		<Menu closeOnItemClick={false} position="bottom-start">
			<Menu.Target>
				<Button
					variant="default"
					rightSection={<IconChevronDown size={13} stroke={1.5} />}
					data-chosen={chosen.length}
				>
					{chosen.length > 0 ? `${label}: ${chosen.length}` : label}
				</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{values.map(([value, count]) => (
					<Menu.Item
						key={value}
						role="menuitemcheckbox"
						aria-checked={chosen.includes(value)}
						leftSection={<Checkbox.Indicator size="xs" checked={chosen.includes(value)} />}
						rightSection={<span className="small dim num">{count}</span>}
						onClick={() => toggle(value)}
					>
						{show ? show(value) : value}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}

const stateWords: Record<State, string> = {
	ok: "Healthy",
	progress: "Progressing",
	warn: "Missing or warning",
	fail: "Degraded",
	paused: "Suspended",
	unknown: "Unknown",
};

const looks = [
	{
		value: "graph",
		label: <IconSitemap size={15} stroke={1.5} aria-label="As a graph" style={{ rotate: "-90deg" }} />,
	},
	{ value: "list", label: <IconListTree size={15} stroke={1.5} aria-label="As a list" /> },
];

export interface TreeToolbarProps {
	tree: Tree;
	shown: Tree;
	/** More is on its way. */
	arriving: boolean;
	filter: TreeFilter;
	look: string;
	params: Record<string, string | undefined>;
	onChange: (change: Record<string, string | undefined>) => void;
	onText: (text: string) => void;
}

function countText(tree: Tree, shown: Tree): string {
	const all = plural(tree.nodes.length - 1, "object");
	return shown.nodes.length < tree.nodes.length ? `${shown.nodes.length - 1} of ${all}` : all;
}

export function TreeToolbar(props: TreeToolbarProps) {
	const { tree, shown, arriving, filter, look, params, onChange, onText } = props;
	const kinds = [...countBy(tree, (n) => n.ref.kind)].sort((a, b) => a[0].localeCompare(b[0]));
	const counted = countBy(tree, (n) => n.state);
	const states = worstFirst.flatMap((s): [string, number][] =>
		counted.has(s) ? [[s, counted.get(s) ?? 0]] : [],
	);
	const syncs = [...countBy(tree, (n) => n.sync)];
	const put = (key: string) => (chosen: string[]) => onChange({ [key]: chosen.join(",") || undefined });
	return (
		<div className={css.toolbar}>
			<TextInput
				className={css.text}
				size="xs"
				placeholder="Filter by name"
				aria-label="Filter by name"
				value={filter.text}
				onChange={(event) => onText(event.currentTarget.value)}
			/>
			<Pick label="Kind" values={kinds} chosen={filter.kinds} onChange={put("kinds")} />
			<Pick
				label="Health"
				values={states}
				chosen={filter.states}
				onChange={put("states")}
				show={(s) => (
					<>
						<StateIcon state={s as State} /> {stateWords[s as State]}
					</>
				)}
			/>
			<Pick label="Sync" values={syncs} chosen={filter.syncs} onChange={put("syncs")} />
			<Checkbox
				size="xs"
				label="Past revisions"
				checked={params.spent === "1"}
				onChange={(event) => onChange({ spent: event.currentTarget.checked ? "1" : undefined })}
			/>
			<span className={css.grow} />
			<span className={css.count} role="status">
				{arriving ? "Loading objects" : countText(tree, shown)}
			</span>
			<SegmentedControl
				size="xs"
				data={looks}
				value={look}
				onChange={(value) => onChange({ look: value })}
				aria-label="Look"
			/>
		</div>
	);
}
