import { expect, test } from "vitest";
import { type Deployment, historyQuery } from "./history.ts";
import type { Application } from "./types.ts";

function app(name: string, id: number): Application {
	const history = [{ id, revision: "88", deployedAt: "2026-11-25T10:00:00Z" }];
	return { metadata: { name, namespace: "argocd" }, status: { history } };
}

/** What is shown of `next` while it loads, after `before` was. */
function meanwhile(before: Application, next: Application) {
	const seen = new Map<number, Deployment>([[1, { id: 1, commit: "88", subject: "of the one before" }]]);
	const { placeholderData } = historyQuery(next);
	if (typeof placeholderData !== "function") throw new Error("nothing is shown meanwhile");
	const query = { queryKey: historyQuery(before).queryKey };
	return placeholderData(seen, query as unknown as Parameters<typeof placeholderData>[1]);
}

test("a new entry of the history leaves the old ones in sight while it loads", () => {
	expect(meanwhile(app("shop", 1), app("shop", 2))?.get(1)?.subject).toBe("of the one before");
});

test("another application's history is not shown for its own", () => {
	expect(meanwhile(app("shop", 1), app("billing", 1))).toBeUndefined();
});
