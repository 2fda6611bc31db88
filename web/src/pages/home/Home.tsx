import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useGovernance } from "../../api/reports.ts";
import type { Application, CatalogSource, Entity, KubeEvent } from "../../api/types.ts";
import { sessionQuery } from "../../app/queries.ts";
import { useLive } from "../../live/hooks.ts";
import { concernsOf } from "../../model/attention.ts";
import { newestEvents } from "../../model/events.ts";
import { personName } from "../../model/person.ts";
import { Bones, Strip } from "../../ui/Bones.tsx";
import { Card, Cards } from "../../ui/Card.tsx";
import { EventRows } from "../../ui/EventList.tsx";
import { useParams } from "../../ui/list/useListState.ts";
import { PageHead } from "../../ui/PageHead.tsx";
import { Part, ReachBar, seen } from "../../ui/Reach.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { Attention } from "./Attention.tsx";
import { FirstSteps } from "./FirstSteps.tsx";
import { Gaps } from "./Gaps.tsx";
import { HealthStrip } from "./HealthStrip.tsx";
import css from "./Home.module.css";
import { PolicySummary } from "./PolicySummary.tsx";
import { useRolloutConcerns } from "./useRolloutConcerns.ts";
import { useScope } from "./useScope.ts";
import { Within, WithinStrip } from "./Within.tsx";

const shownEvents = 6;
const noGroups: string[] = [];

export function Home() {
	const [, change] = useParams();
	const { data: session } = useQuery(sessionQuery);
	const apps = useLive<Application>("applications");
	const components = useLive<Entity>("components");
	const events = useLive<KubeEvent>("events");
	const governance = useGovernance();
	const latest = useMemo(() => newestEvents(events.items, shownEvents), [events.items]);
	const scope = useScope(session?.groups ?? noGroups, components.items, apps.items);
	const sources = useLive<CatalogSource>("catalogSources");
	const { policies } = governance;
	// A team's own page has nothing of what is everybody's.
	const rolling = useRolloutConcerns(scope, governance);
	const concerns = useMemo(
		() => concernsOf(scope.apps, scope.mine ? [] : policies, rolling),
		[scope, policies, rolling],
	);
	const loading = apps.state === "loading" || components.state === "loading";
	const shown = [
		seen("applications", apps),
		seen("the catalog", components),
		seen("policies", governance.maps),
		seen("events", events),
	];
	// Who may not look everywhere cannot know that nothing is there.
	const everywhere = [apps, components].every((s) => s.state === "live" && !s.namespaces);
	const nothing = [apps.items, components.items, policies, concerns].every((all) => all.length === 0);
	const empty = everywhere && nothing;
	// Whose roles are of some namespaces looks for what runs there first.
	const narrow = useLive("deployments").namespaces;
	const name = personName(session).split(" ")[0];
	return (
		<Scroll flush>
			<PageHead
				title={name ? `Hello, ${name}` : "Home"}
				name="Home"
				sub={<span>What needs you first.</span>}
				actions={
					scope.teams.length > 0 ? (
						<SegmentedControl
							size="xs"
							aria-label="Whose"
							value={scope.mine ? "mine" : "all"}
							onChange={(value) => change({ of: value === "all" ? "all" : undefined })}
							data={[
								{ value: "mine", label: scope.teams.join(", ") },
								{ value: "all", label: "Everyone" },
							]}
						/>
					) : null
				}
			/>
			<ReachBar of={shown} />
			{empty ? (
				<FirstSteps />
			) : (
				<>
					{narrow ? <WithinStrip /> : null}
					{loading ? <Strip /> : <HealthStrip apps={scope.apps} />}
					<Cards>
						{narrow ? (
							<Within namespaces={narrow} concerns={concerns} governance={governance} />
						) : (
							<Card title="Needs attention" flush>
								{loading ? <Bones /> : <Attention concerns={concerns} />}
								{loading || concerns.length > 0 ? null : (
									<Part what="applications" snapshot={apps}>
										<p className={css.calm}>All applications are healthy and as Git says.</p>
									</Part>
								)}
							</Card>
						)}
						{narrow && components.items.length === 0 ? null : (
							<Card
								title="Missing in the catalog"
								flush
								aside={
									<>
										<Link to="/settings">Sources</Link> · <Link to="/catalog">All entities</Link>
									</>
								}
							>
								<Part what="components" snapshot={sources.state === "loading" ? sources : components}>
									<Gaps entities={scope.entities} sources={sources.items} />
								</Part>
							</Card>
						)}
						{narrow ? null : (
							<Card title="Policies" flush aside={<Link to="/policies">All policies</Link>}>
								<Part what="policies" snapshot={governance.maps}>
									<PolicySummary governance={governance} />
								</Part>
							</Card>
						)}
						<Card title="Recent events" flush={latest.length === 0}>
							<Part what="events" snapshot={events}>
								{latest.length > 0 ? (
									<EventRows events={latest} showObject brief />
								) : (
									<p className={css.calm}>Quiet. What controllers do and say appears here as it happens.</p>
								)}
							</Part>
						</Card>
					</Cards>
				</>
			)}
		</Scroll>
	);
}
