/* While the application is on its way: asks for what it will ask for, who is signed in and what Home
 * shows (src/api/early.ts takes the answers), and for the modules of the page that was asked for. */
(() => {
	const path = location.pathname;
	if (path === "/signin") return;
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
	if (path === "/" && plan.home) globalThis.paveEarly.watch = ask(plan.home, "application/x-ndjson");
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
})();
