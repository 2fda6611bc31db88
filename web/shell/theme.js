/* Before anything is painted: the theme and the rail as they were left.  A classic script in a file
 * of its own, since the page's policy allows none inline. */
(() => {
	const stored = (key) => {
		try {
			return localStorage.getItem(key);
		} catch {
			return null; // Storage may be forbidden.
		}
	};
	const root = document.documentElement;
	const scheme = stored("pave.scheme") ?? "auto";
	const dark = scheme === "dark" || (scheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
	root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
	if (stored("pave.rail-narrow") === "true") root.setAttribute("data-rail", "narrow");
	if (location.pathname === "/signin") root.setAttribute("data-bare", "");
})();
