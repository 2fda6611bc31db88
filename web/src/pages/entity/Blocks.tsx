import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useReports } from "../../api/reports.ts";
import { objKey, refKey, workloadResources } from "../../api/resources.ts";
import type { Application, Entity, PolicyRollout, Workload } from "../../api/types.ts";
import { useLive, useLiveAll } from "../../live/hooks.ts";
import { workloadsOf } from "../../model/apps.ts";
import { type Block, blocksOf } from "../../model/blocks.ts";
import { plural } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Card } from "../../ui/Card.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Entity.module.css";

function useBlocks(entity: Entity, apps: readonly Application[]): Block[] {
	const rollouts = useLive<PolicyRollout>("policyRollouts");
	const workloads = useLiveAll<Workload>(workloadResources);
	const reports = useReports();
	return useMemo(() => {
		const mine = new Set(apps.flatMap((app) => app.status?.resources ?? []).map(refKey));
		for (const w of workloadsOf(entity, workloads.items)) mine.add(objKey(w));
		return blocksOf(reports.items, rollouts.items, (ref) => mine.has(refKey(ref)));
	}, [apps, entity, reports.items, rollouts.items, workloads.items]);
}

function When({ block }: { block: Block }) {
	if (block.now) return <>Its next change is refused</>;
	if (!block.from) return <>To be refused; {block.because} has no date for it</>;
	return (
		<>
			To be refused <Ago at={block.from} />, by {block.because}
		</>
	);
}

/** What refuses a change of what it runs as, or will, and from when. */
export function Blocks({ entity, apps }: { entity: Entity; apps: readonly Application[] }) {
	const blocks = useBlocks(entity, apps);
	if (blocks.length === 0) return null;
	return (
		<Card title="What will block it" aside={plural(blocks.length, "violation")} flush>
			<ul className={css.gaps}>
				{blocks.map((block) => (
					<li key={block.key}>
						<StateIcon state={block.now ? "fail" : "warn"} label={block.now ? "Blocked" : "To be blocked"} />
						<div>
							<strong>{block.message}</strong>
							<p className={css.fix}>
								<When block={block} />
							</p>
							<p className={css.fix}>
								<ObjectLink target={block.ref} />, policy{" "}
								<Link to="/policies" search={{ tab: "violations" } as never}>
									{block.policy}
								</Link>
							</p>
						</div>
					</li>
				))}
			</ul>
		</Card>
	);
}
