/** Read-only text with YAML colours, folding and search.  It lives in a shadow root, where
 *  CodeMirror uses constructed style sheets: a <style> element would break our policy. */
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { codeTheme } from "./theme.ts";

export interface CodeViewProps {
	text: string;
	/** Shows what changes from this text. */
	original?: string;
	label: string;
	plain?: boolean;
}

function extensions(props: CodeViewProps): Extension[] {
	return [
		lineNumbers(),
		codeFolding(),
		foldGutter({ openText: "▾", closedText: "▸" }),
		bracketMatching(),
		highlightActiveLine(),
		highlightSelectionMatches(),
		keymap.of([...searchKeymap, ...foldKeymap]),
		EditorState.readOnly.of(true),
		EditorView.editable.of(false),
		EditorView.contentAttributes.of({
			tabindex: "0",
			"aria-label": props.label,
			role: "textbox",
			"aria-readonly": "true",
			"aria-multiline": "true",
		}),
		EditorView.lineWrapping,
		codeTheme,
		...(props.plain ? [] : [yaml()]),
		...(props.original === undefined
			? []
			: [
					unifiedMergeView({
						original: props.original,
						mergeControls: false,
						gutter: true,
						collapseUnchanged: { margin: 3, minSize: 6 },
					}),
				]),
	];
}

export default function CodeView(props: CodeViewProps) {
	const host = useRef<HTMLDivElement>(null);
	const { text, original, label, plain } = props;
	useEffect(() => {
		const element = host.current;
		if (!element) return;
		const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
		const state = EditorState.create({ doc: text, extensions: extensions({ text, original, label, plain }) });
		const view = new EditorView({ state, parent: root, root });
		return () => view.destroy();
	}, [text, original, label, plain]);
	return <div ref={host} data-code />;
}
