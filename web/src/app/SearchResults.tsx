import { Spotlight } from "@mantine/spotlight";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";
import { entityResources, refOf, resources, workloadResources } from "../api/resources.ts";
import type { CatalogSource, Entity, Workload } from "../api/types.ts";
import { useApplicationList, useLive, useLiveAll } from "../live/hooks.ts";
import { entityTitle, ownerOf } from "../model/entity.ts";
import { appHref, objectHref } from "../model/links.ts";
import { readVisits } from "../model/recent.ts";
import { type Findable, rankFound } from "../model/search.ts";
import { sourceState } from "../model/sources.ts";
import { isBetween } from "../model/workload.ts";
import { KindIcon } from "../ui/KindIcon.tsx";
import { nav, settingsItem } from "./nav.ts";
import css from "./Search.module.css";
import { searchStore } from "./searchStore.ts";
import { useCommands } from "./useCommands.ts";

const perGroup = 8;

const pages: Findable[] = [...nav.flat(), settingsItem].map((item) => ({
	group: "Pages",
	kind: "Page",
	name: item.label,
	detail: `g ${item.key}`,
	href: item.to,
}));

function useFindable(): { all: Findable[]; loading: boolean } {
	const snapshots = [
		useLiveAll<Entity>(entityResources),
		useApplicationList(),
		useLiveAll<Workload>(workloadResources),
		useLive<CatalogSource>("catalogSources"),
	] as const;
	const [{ items: entities }, { items: apps }, { items: workloads }, { items: sources }] = snapshots;
	const commands = useCommands(apps);
	const all = useMemo(
		() => [
			...readVisits().map((visit) => ({ ...visit, group: "Recent", detail: "" })),
			...commands,
			...apps.map((app) => ({
				group: "Applications",
				kind: "Application",
				name: app.metadata.name,
				detail: app.spec?.destination?.namespace ?? "",
				href: appHref(app.metadata.namespace, app.metadata.name),
			})),
			...entities.map((entity) => ({
				group: "Catalog",
				kind: entity.kind ?? "Component",
				name: entity.metadata.name,
				title: entityTitle(entity),
				detail: [entity.spec?.type, ownerOf(entity)?.name].filter(Boolean).join(" · "),
				href: objectHref(refOf(entity)),
			})),
			...sources.map((source) => ({
				group: "Catalog sources",
				kind: "CatalogSource",
				name: source.metadata.name,
				detail: [sourceState(source).word, source.spec?.repoURL].filter(Boolean).join(" · "),
				href: objectHref({ ...resources.catalogSources, name: source.metadata.name }),
			})),
			...workloads
				.filter((w) => !isBetween(w))
				.map((w) => ({
					group: "Workloads",
					kind: w.kind ?? "Pod",
					name: w.metadata.name,
					detail: w.metadata.namespace ?? "",
					href: objectHref(refOf(w)),
				})),
			...pages,
		],
		[apps, entities, sources, workloads, commands],
	);
	return { all, loading: snapshots.some((s) => s.state === "loading") };
}

export function SearchResults({ query }: { query: string }) {
	const { all, loading } = useFindable();
	const navigate = useNavigate();
	const go = (href: string) => {
		const [pathname = "", query = ""] = href.split("?");
		void navigate({ to: pathname as "/", search: Object.fromEntries(new URLSearchParams(query)) as never });
	};
	const deferred = useDeferredValue(query);
	const found = useMemo(() => rankFound(all, deferred, perGroup), [all, deferred]);
	const list = useRef<HTMLDivElement>(null);
	const shown = found.flatMap(({ items }) => items.map((item) => `${item.group} ${item.href}`)).join(" ");
	// biome-ignore lint/correctness/useExhaustiveDependencies: Enter opens the first of whatever is shown
	useEffect(() => {
		const actions = list.current?.querySelectorAll("[data-action]");
		for (const action of actions ?? []) action.removeAttribute("data-selected");
		actions?.[0]?.setAttribute("data-selected", "true");
		searchStore.updateState((state) => ({ ...state, selected: 0 }));
	}, [shown]);
	return (
		<Spotlight.ActionsList>
			<div ref={list}>
				{loading && (found.length === 0 || found[0]?.near) ? (
					<Spotlight.Empty>Looking for “{deferred}”</Spotlight.Empty>
				) : found.length === 0 ? (
					<Spotlight.Empty>Nothing here is called “{deferred}”.</Spotlight.Empty>
				) : (
					<>
						{found[0]?.near ? (
							<p className={css.near} role="status">
								Nothing here is called “{deferred}”. The nearest:
							</p>
						) : null}
						{found.map(({ group, items }) => (
							<Spotlight.ActionsGroup key={group} label={group}>
								{items.map((item) => (
									<Spotlight.Action
										key={`${group} ${item.href}`}
										onClick={() => (item.run ? item.run() : go(item.href))}
									>
										<span className={css.action}>
											<KindIcon kind={item.kind} />
											<span className={css.name}>{item.title ?? item.name}</span>
											<span className={css.detail}>
												{item.kind === "Page" || item.kind === "Command"
													? item.detail
													: [item.kind, item.detail].filter(Boolean).join(" · ")}
											</span>
										</span>
									</Spotlight.Action>
								))}
							</Spotlight.ActionsGroup>
						))}
					</>
				)}
			</div>
		</Spotlight.ActionsList>
	);
}
