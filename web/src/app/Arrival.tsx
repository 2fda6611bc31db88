import { useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** Says which page it is now, and gives it the focus if what had it is gone: a new page is no new document here. */
export function Arrival() {
	const path = useRouterState({ select: (s) => s.resolvedLocation?.pathname ?? "" });
	const [first] = useState(path);
	const [title, setTitle] = useState("");
	useEffect(() => {
		if (path === first && title === "") return;
		// Once the page has drawn its title and what had the focus is gone.
		const handle = requestAnimationFrame(() => {
			setTitle(document.title);
			if (document.activeElement === document.body)
				document.getElementById("content")?.focus({ preventScroll: true });
		});
		return () => cancelAnimationFrame(handle);
	}, [path, first, title]);
	return (
		<div className="pv-sr" role="status">
			{title}
		</div>
	);
}
