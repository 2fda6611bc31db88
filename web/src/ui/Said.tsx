import { Fragment } from "react";

/** Words of the server: what stands in backticks is set as code. */
export function Said({ text }: { text: string }) {
	const parts = text.split("`");
	// An odd one is a character like any other.
	if (parts.length % 2 === 0) return text;
	return parts.map((part, at) =>
		at % 2 === 1 ? <code key={at}>{part}</code> : <Fragment key={at}>{part}</Fragment>,
	);
}
