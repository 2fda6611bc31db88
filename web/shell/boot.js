/* First of all.  What the application will ask for, while it is on its way: who is signed in and what
 * the page shows (src/api/early.ts takes the answers), and the modules of the page that was asked for.
 * Then, before anything is painted, the theme and the rail as they were left: the first look at
 * storage waits for the browser.  One classic script in a file of its own, since the page's policy
 * allows none inline. */
(() => {
	const path = location.pathname;
	const bare = path === "/signin";

	const askEarly = () => {
		const plan = JSON.parse(document.currentScript.dataset.plan ?? "{}");
		const ask = (url, accept) => {
			const abort = new AbortController();
			const answer = fetch(url, {
				credentials: "same-origin",
				signal: abort.signal,
				headers: { Accept: accept },
			});
			answer.catch(() => undefined); // Whoever takes it says so.
			return { url, answer, abort };
		};
		globalThis.paveEarly = { session: ask("/portal/session", "application/json") };
		const watch = plan.watch?.[path];
		if (watch) globalThis.paveEarly.watch = ask(watch, "application/x-ndjson");
		const [, first = "", more] = path.split("/");
		for (const file of plan.modules?.[`/${first}${more ? "/*" : ""}`] ?? []) {
			const link = document.createElement("link");
			const style = file.endsWith(".css");
			link.rel = style ? "preload" : "modulepreload";
			if (style) link.as = "style";
			link.crossOrigin = "";
			link.href = file;
			document.head.append(link);
		}
	};

	const stored = (key) => {
		try {
			return localStorage.getItem(key);
		} catch {
			return null; // Storage may be forbidden.
		}
	};
	const dress = (root) => {
		const scheme = stored("pave.scheme") ?? "auto";
		const dark =
			scheme === "dark" || (scheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
		root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
		if (stored("pave.rail-narrow") === "true") root.setAttribute("data-rail", "narrow");
		if (bare) root.setAttribute("data-bare", "");
	};

	if (!bare) askEarly();
	dress(document.documentElement);
})();
