import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme/mantine.css";
import "./theme/variables.css";
import "./theme/global.css";
import { App } from "./app/App.tsx";
import { firstPicture } from "./app/live.ts";
import { router } from "./app/router.tsx";

const root = document.getElementById("root");

function render(): void {
	if (!root) return;
	createRoot(root).render(
		<StrictMode>
			<App />
		</StrictMode>,
	);
}

// The shell of index.html stays until the page itself can take its place.
Promise.all([router.load(), firstPicture()]).then(render, render);
