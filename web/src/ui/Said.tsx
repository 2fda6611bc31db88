import { Fragment } from "react";
import { shortCommits } from "../model/text.ts";

/** Words of the server: what stands in backticks is set as code, and commits are short. */
export function Said({ text }: { text: string }) {
	const short = shortCommits(text);
	const parts = short.split("`");
	// An odd one is a character like any other.
	if (parts.length % 2 === 0) return short;
	return parts.map((part, at) =>
		at % 2 === 1 ? <code key={at}>{part}</code> : <Fragment key={at}>{part}</Fragment>,
	);
}
