import { useMemo } from "react";
import { useReports } from "../../api/reports.ts";
import { objKey, refKey, workloadResources } from "../../api/resources.ts";
import type { Application, Entity, Workload } from "../../api/types.ts";
import { useLiveAll } from "../../live/hooks.ts";
import { workloadsOf } from "../../model/apps.ts";
import { type Block, blocksOf } from "../../model/blocks.ts";
import { plural } from "../../model/text.ts";
import { BlockRows } from "../../ui/Blocks.tsx";
import { Card } from "../../ui/Card.tsx";

function useBlocks(entity: Entity, apps: readonly Application[]): Block[] {
	const workloads = useLiveAll<Workload>(workloadResources);
	const reports = useReports();
	return useMemo(() => {
		const mine = new Set(apps.flatMap((app) => app.status?.resources ?? []).map(refKey));
		for (const w of workloadsOf(entity, workloads.items)) mine.add(objKey(w));
		return blocksOf(reports.items, (ref) => mine.has(refKey(ref)));
	}, [apps, entity, reports.items, workloads.items]);
}

/** What refuses a change of what it runs as, or will, and from when. */
export function Blocks({ entity, apps }: { entity: Entity; apps: readonly Application[] }) {
	const blocks = useBlocks(entity, apps);
	if (blocks.length === 0) return null;
	return (
		<Card title="What will block it" aside={plural(blocks.length, "violation")} flush>
			<BlockRows blocks={blocks} withObject />
		</Card>
	);
}
