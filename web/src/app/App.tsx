import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { HubProvider } from "../live/hooks.ts";
import { theme } from "../theme/theme.ts";
import { LazyToasts } from "./lazy.tsx";
import { hub } from "./live.ts";
import { queries } from "./queries.ts";
import { router } from "./router.tsx";
import { schemeManager } from "./scheme.ts";

const hiddenMs = 20_000;

/** Watches while someone may look; tries again at once when they come back. */
function useAttention(): void {
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const onVisible = () => {
			clearTimeout(timer);
			if (document.hidden) {
				timer = setTimeout(() => hub.pause(), hiddenMs);
				return;
			}
			hub.resume();
			hub.retryNow();
		};
		window.addEventListener("online", hub.retryNow);
		document.addEventListener("visibilitychange", onVisible);
		return () => {
			clearTimeout(timer);
			window.removeEventListener("online", hub.retryNow);
			document.removeEventListener("visibilitychange", onVisible);
		};
	}, []);
}

export function App() {
	useAttention();
	return (
		<MantineProvider
			theme={theme}
			colorSchemeManager={schemeManager}
			defaultColorScheme="auto"
			withCssVariables={false}
			withGlobalClasses={false}
		>
			<QueryClientProvider client={queries}>
				<HubProvider value={hub}>
					<LazyToasts />
					<RouterProvider router={router} />
				</HubProvider>
			</QueryClientProvider>
		</MantineProvider>
	);
}
