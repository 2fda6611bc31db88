import { ApiError } from "../api/client.ts";
import { toast } from "./toast.ts";

/** Runs a write and says what went wrong, if something did. */
export async function attempt(what: string, write: () => Promise<unknown>): Promise<boolean> {
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
