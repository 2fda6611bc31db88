import { useMemo } from "react";
import { useReports } from "../../api/reports.ts";
import { objKey, refKey } from "../../api/resources.ts";
import type { Obj } from "../../api/types.ts";
import { blocksOf } from "../../model/blocks.ts";
import { plural } from "../../model/text.ts";
import { BlockRows } from "../../ui/Blocks.tsx";
import { Card } from "../../ui/Card.tsx";

/** What refuses its next change, or will, from when, and what lets it in until then. */
export function Blocks({ object }: { object: Obj }) {
	const reports = useReports();
	const key = objKey(object);
	const blocks = useMemo(() => blocksOf(reports.items, (ref) => refKey(ref) === key), [reports.items, key]);
	if (blocks.length === 0) return null;
	return (
		<Card title="What will block it" aside={plural(blocks.length, "violation")} flush>
			<BlockRows blocks={blocks} />
		</Card>
	);
}
