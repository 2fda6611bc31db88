import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
	"&": { color: "var(--pv-text)", backgroundColor: "transparent", fontSize: "0.75rem" },
	"&.cm-focused": { outline: "2px solid var(--pv-accent)", outlineOffset: "-2px" },
	".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.6" },
	".cm-content": { padding: "0.5rem 0" },
	".cm-gutters": { backgroundColor: "transparent", color: "var(--pv-faint)", border: "none" },
	".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
	"&.cm-focused .cm-activeLine": { backgroundColor: "var(--pv-hover)" },
	".cm-foldGutter .cm-gutterElement": { cursor: "pointer" },
	".cm-changedLine": { backgroundColor: "var(--pv-ok-soft) !important" },
	".cm-deletedChunk": { backgroundColor: "var(--pv-fail-soft) !important" },
	".cm-changedText": {
		background: "none !important",
		textDecoration: "underline",
		textUnderlineOffset: "0.2em",
	},
	".cm-deletedChunk .cm-deletedText": { background: "none !important", textDecoration: "line-through" },
	".cm-collapsedLines": {
		color: "var(--pv-dim)",
		background: "var(--pv-sunken)",
		padding: "0.125rem 0.75rem",
	},
	".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "none" },
	".cm-panels": { backgroundColor: "var(--pv-sunken)", color: "var(--pv-text)" },
	".cm-searchMatch": { backgroundColor: "var(--pv-warn-soft)" },
});

const colours = HighlightStyle.define([
	{ tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--pv-accent)" },
	{ tag: [tags.string, tags.special(tags.string)], color: "var(--pv-text)" },
	{ tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--pv-progress)" },
	{ tag: [tags.comment, tags.meta], color: "var(--pv-faint)" },
	{ tag: [tags.punctuation, tags.separator], color: "var(--pv-dim)" },
]);

export const codeTheme = [look, syntaxHighlighting(colours)];
