import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { closeSession } from "../api/client.ts";
import { forgetVisits } from "../model/recent.ts";
import { clearInbox } from "./inboxStore.ts";
import { hub, tellTabs } from "./live.ts";
import { queries, sessionQuery } from "./queries.ts";

/** Ends the session in every tab, and leaves nothing of it behind. */
export function useSignOut(): () => Promise<void> {
	const navigate = useNavigate();
	return useCallback(async () => {
		await closeSession().catch(() => undefined);
		tellTabs("out");
		// First away from pages that would ask again for what is cleared.
		await navigate({ to: "/signin" });
		hub.stop();
		clearInbox();
		forgetVisits();
		queries.clear();
		queries.setQueryData(sessionQuery.queryKey, null);
	}, [navigate]);
}
