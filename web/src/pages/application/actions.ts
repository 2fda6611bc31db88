import { ApiError, mergePatch } from "../../api/client.ts";
import type { Application, Operation, Session } from "../../api/types.ts";
import { queries, sessionQuery } from "../../app/queries.ts";
import { toast } from "../../app/toast.ts";

/** Runs a write and says what went wrong, if something did. */
async function attempt(what: string, write: () => Promise<unknown>): Promise<boolean> {
	try {
		await write();
		return true;
	} catch (error) {
		const denied = error instanceof ApiError && error.code === 403;
		toast({
			color: "red",
			title: denied ? `You have no right to ${what}` : `Could not ${what}`,
			message: error instanceof Error ? error.message : String(error),
			autoClose: 12_000,
		});
		return false;
	}
}

export function refresh(path: string, how: "normal" | "hard"): Promise<boolean> {
	const patch = { metadata: { annotations: { "argocd.argoproj.io/refresh": how } } };
	return attempt("refresh this application", () => mergePatch<Application>(path, patch));
}

function username(): string {
	return queries.getQueryData<Session | null>(sessionQuery.queryKey)?.user ?? "";
}

export function sync(path: string, options: { revision?: string; prune: boolean }): Promise<boolean> {
	const operation: Operation = { sync: { ...options }, initiatedBy: { username: username() } };
	return attempt("sync this application", () => mergePatch<Application>(path, { operation }));
}
