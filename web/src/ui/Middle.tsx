import { middle, tailLength } from "../model/text.ts";
import css from "./Middle.module.css";
import { Tip } from "./Tip.tsx";

/** Long names are cut in the middle; the whole is in the tooltip, in a copy and for readers. */
export function Middle({ text, max = 40, mono = false }: { text: string; max?: number; mono?: boolean }) {
	const className = mono ? "mono" : undefined;
	if (text.length <= max) return <span className={className}>{text}</span>;
	const copyWhole = (event: React.ClipboardEvent) => {
		event.clipboardData.setData("text/plain", text);
		event.preventDefault();
	};
	return (
		<Tip label={text}>
			<span className={className} onCopy={copyWhole}>
				<span aria-hidden>{middle(text, max)}</span>
				<span className="pv-sr">{text}</span>
			</span>
		</Tip>
	);
}

/** Where the space decides: on two lines if there is room for them, else the head gives way and the tail stays. */
export function MiddleFit({ text, tail: wanted = 7 }: { text: string; tail?: number }) {
	const tail = tailLength(text, wanted);
	if (text.length <= tail * 2) return <span className={css.whole}>{text}</span>;
	return (
		<span className={css.fit} title={text}>
			<span className={css.head}>{text.slice(0, -tail)}</span>
			<span className={css.tail}>{text.slice(-tail)}</span>
		</span>
	);
}
