import { mergePatch } from "../../api/client.ts";
import { objectPath, resources } from "../../api/resources.ts";
import type { Application, Operation, Session } from "../../api/types.ts";
import { attempt } from "../../app/attempt.ts";
import { queries, sessionQuery } from "../../app/queries.ts";
import { toast } from "../../app/toast.ts";
import { plural } from "../../model/text.ts";

export function refresh(path: string, how: "normal" | "hard"): Promise<boolean> {
	return attempt("refresh this application", () => writeRefresh(path, how));
}

function username(): string {
	return queries.getQueryData<Session | null>(sessionQuery.queryKey)?.user ?? "";
}

export type SyncOptions = Pick<NonNullable<Operation["sync"]>, "revision" | "dryRun" | "resources"> & {
	prune: boolean;
};

export function sync(path: string, options: SyncOptions): Promise<boolean> {
	return attempt("sync this application", () => writeSync(path, options));
}

/** Does something to several applications, at most four at a time; says once what became of it. */
export async function toAll(
	apps: readonly Application[],
	did: string,
	write: (path: string) => Promise<unknown>,
): Promise<void> {
	const failed: string[] = [];
	const queue = [...apps];
	const work = async () => {
		for (let app = queue.shift(); app; app = queue.shift()) {
			const path = objectPath(resources.applications, app.metadata.namespace, app.metadata.name);
			await write(path).catch((error) => failed.push(error instanceof Error ? error.message : String(error)));
		}
	};
	await Promise.all(Array.from({ length: 4 }, work));
	const done = apps.length - failed.length;
	toast({
		color: failed.length > 0 ? "red" : "green",
		title: `${did} ${plural(done, "application")}${failed.length > 0 ? `, ${failed.length} failed` : ""}`,
		message: failed[0] ?? "",
		autoClose: failed.length > 0 ? 12_000 : 4_000,
	});
}

export const writeRefresh = (path: string, how: "normal" | "hard" = "normal") =>
	mergePatch<Application>(path, { metadata: { annotations: { "argocd.argoproj.io/refresh": how } } });

export const writeSync = (path: string, options: SyncOptions) =>
	mergePatch<Application>(path, {
		operation: { sync: { ...options }, initiatedBy: { username: username() } } satisfies Operation,
	});

/** One that waits for its next attempt gives way to what a person starts. */
export function isSyncing(app: Application): boolean {
	const operation = app.status?.operationState;
	return app.operation !== undefined || (operation?.phase === "Running" && !operation.finishedAt);
}
