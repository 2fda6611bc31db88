/** Lets the fake platform live: a roll-out proceeds, a crashing pod restarts. */
import type { Workload } from "../src/api/types.ts";
import type { Any } from "./data/make.ts";
import type { Store } from "./store.ts";

const everyMs = 4000;

export function liveliness(store: Store): () => void {
	let beat = 0;
	const timer = setInterval(() => {
		beat += 1;
		for (const pod of store.list("core/v1/pods") as (Any & Workload)[]) {
			const status = pod.status?.containerStatuses?.[0];
			if (!status?.state?.waiting) continue;
			const starting = status.state.waiting.reason === "ContainerCreating";
			const next = starting
				? { ...status, ready: true, state: { running: { startedAt: new Date().toISOString() } } }
				: { ...status, restartCount: (status.restartCount ?? 0) + (beat % 5 === 0 ? 1 : 0) };
			if (starting && beat < 3) continue;
			store.put({ ...pod, status: { ...pod.status, phase: "Running", containerStatuses: [next] } });
		}
	}, everyMs);
	return () => clearInterval(timer);
}
