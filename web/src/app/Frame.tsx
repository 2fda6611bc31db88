import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { useLink } from "../live/hooks.ts";
import { TipLayer } from "../ui/Tip.tsx";
import { Arrival } from "./Arrival.tsx";
import css from "./Frame.module.css";
import { LinkBanner } from "./LinkBanner.tsx";
import { LazyDrawer, LazyHelp, LazySearch } from "./lazy.tsx";
import { queries, sessionQuery } from "./queries.ts";
import { Rail } from "./Rail.tsx";
import { TopBar } from "./TopBar.tsx";
import { useGoKeys } from "./useGoKeys.ts";
import { useKeys } from "./useKeys.ts";

/** Back to sign-in as soon as the server no longer knows us. */
function useSignedOut() {
	const link = useLink();
	const { data: session } = useQuery(sessionQuery);
	const navigate = useNavigate();
	useEffect(() => {
		if ((link !== "signed-out" && session !== null) || window.location.pathname === "/signin") return;
		queries.setQueryData(sessionQuery.queryKey, null);
		const to = window.location.pathname + window.location.search;
		void navigate({ to: "/signin", search: { ended: "1", ...(to === "/" ? {} : { to }) } });
	}, [link, session, navigate]);
}

export function Frame() {
	const [narrow, setNarrow] = useLocalStorage({ key: "pave.rail-narrow", defaultValue: false });
	const [drawer, { open, close }] = useDisclosure(false);
	useSignedOut();
	useGoKeys();
	useKeys({ "[": () => setNarrow((n) => !n) });
	return (
		<div className={css.frame} data-narrow={narrow || undefined}>
			<a className={css.skip} href="#content">
				Skip to the page
			</a>
			<div className={css.rail}>
				<Rail narrow={narrow} onToggle={() => setNarrow((n) => !n)} />
			</div>
			<LazyDrawer opened={drawer} onClose={close} />
			<TopBar onMenu={open} />
			<main id="content" className={css.main} tabIndex={-1}>
				<LinkBanner />
				<Outlet />
			</main>
			<LazySearch />
			<LazyHelp />
			<TipLayer />
			<Arrival />
		</div>
	);
}
