import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./theme/variables.css";
import "./theme/global.css";
import { App } from "./app/App.tsx";
import { applySchemeEarly } from "./app/scheme.ts";

applySchemeEarly();
const root = document.getElementById("root");
if (root) {
	createRoot(root).render(
		<StrictMode>
			<App />
		</StrictMode>,
	);
}
