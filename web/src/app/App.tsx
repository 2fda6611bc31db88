import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { HubProvider } from "../live/hooks.ts";
import { Hub } from "../live/hub.ts";
import { theme } from "../theme/theme.ts";
import { queries } from "./queries.ts";
import { router } from "./router.tsx";
import { schemeManager } from "./scheme.ts";

const hub = new Hub(queries);

export function App() {
	useEffect(() => {
		const wake = () => {
			if (!document.hidden) hub.retryNow();
		};
		window.addEventListener("online", wake);
		document.addEventListener("visibilitychange", wake);
		return () => {
			window.removeEventListener("online", wake);
			document.removeEventListener("visibilitychange", wake);
		};
	}, []);
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
					<Notifications position="bottom-right" limit={3} />
					<RouterProvider router={router} />
				</HubProvider>
			</QueryClientProvider>
		</MantineProvider>
	);
}
