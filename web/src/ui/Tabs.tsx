import { Tabs } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useParams } from "./list/useListState.ts";
import css from "./Tabs.module.css";

export interface TabSpec {
	id: string;
	label: string;
	count?: number;
}

/** The open tab lives in the address; the first is the default and stays out of it. */
export function useTab(tabs: readonly TabSpec[], param = "tab"): [string, (id: string) => void] {
	const [params, change] = useParams();
	const first = tabs[0]?.id ?? "";
	const asked = params[param];
	const tab = tabs.some((t) => t.id === asked) ? (asked as string) : first;
	return [tab, (id) => change({ [param]: id === first ? undefined : id })];
}

/** Around a page's head and body: the bar goes into the one, the panel into the other. */
export function TabRoot(props: { tab: string; onTab: (id: string) => void; children: ReactNode }) {
	return (
		<Tabs value={props.tab} onChange={(id) => id && props.onTab(id)} className={css.root}>
			{props.children}
		</Tabs>
	);
}

export function TabBar({ tabs, label }: { tabs: readonly TabSpec[]; label: string }) {
	const bar = useRef<HTMLDivElement>(null);
	const [{ tab }] = useParams();
	const widths = tabs.map((t) => t.count).join();
	// On a phone the bar is wider than the screen, the more so once the counts are there: the open tab is in sight.
	// biome-ignore lint/correctness/useExhaustiveDependencies: what makes another tab open or the bar wider
	useEffect(() => {
		const open = bar.current?.querySelector("[role=tab][aria-selected=true]");
		open?.scrollIntoView({ block: "nearest", inline: "center" });
	}, [tab, widths]);
	return (
		<Tabs.List ref={bar} aria-label={label} className={css.bar}>
			{tabs.map((t) => (
				<Tabs.Tab key={t.id} value={t.id} className={css.tab}>
					{t.label}
					{t.count ? <span className={css.count}>{t.count}</span> : null}
				</Tabs.Tab>
			))}
		</Tabs.List>
	);
}

export function TabBody({ tab, children }: { tab: string; children: ReactNode }) {
	return (
		<Tabs.Panel value={tab} className={css.body}>
			{children}
		</Tabs.Panel>
	);
}
