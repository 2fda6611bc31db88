import { Button } from "@mantine/core";
import { useHub, useLink } from "../live/hooks.ts";
import { ago } from "../model/time.ts";
import { useNow } from "../ui/clock.ts";
import { StateIcon } from "../ui/StateIcon.tsx";
import css from "./LinkBanner.module.css";

/** Says so when what is on the page may be old. */
export function LinkBanner() {
	const hub = useHub();
	const link = useLink();
	const now = useNow();
	if (link !== "reconnecting") return null;
	return (
		<div className={css.banner} role="status">
			<StateIcon state="progress" />
			<span>Reconnecting. What you see is from {ago(hub.lostAt ?? now, now)}.</span>
			<Button variant="default" size="compact-xs" onClick={hub.retryNow}>
				Try now
			</Button>
		</div>
	);
}
