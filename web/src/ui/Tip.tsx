/** A word on hover and keyboard focus.  One listener and one box serve the whole page: a table of
 *  ten thousand rows has no tooltip component in it. */
import { cloneElement, type ReactElement, useEffect, useLayoutEffect, useRef, useState } from "react";
import { exact } from "../model/time.ts";
import css from "./Tip.module.css";

export function Tip({ label, children }: { label: string | undefined; children: ReactElement<object> }) {
	return label ? cloneElement(children, { "data-tip": label } as object) : children;
}

const delayMs = 250;
const gap = 6;

interface Shown {
	text: string;
	at: DOMRect;
}

/** Its word, the exact instant of a relative time, or the whole of a cell that is cut. */
function textOf(target: Element): string {
	if (target instanceof HTMLTimeElement) return exact(target.dateTime);
	const said = target.getAttribute("data-tip");
	if (said !== null) return said;
	return target.scrollWidth > target.clientWidth ? (target.textContent ?? "") : "";
}

function useTip(): Shown | null {
	const [shown, setShown] = useState<Shown | null>(null);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const hide = () => {
			clearTimeout(timer);
			setShown(null);
		};
		const show = (event: Event) => {
			const target = event.target instanceof Element ? event.target.closest("[data-tip], time, td") : null;
			hide();
			const byKeys = event.type === "focusin";
			if (!target || (byKeys && !target.matches(":focus-visible"))) return;
			const look = () => setShown({ text: textOf(target), at: target.getBoundingClientRect() });
			timer = setTimeout(look, byKeys ? 0 : delayMs);
		};
		const onKey = (event: KeyboardEvent) => event.key === "Escape" && hide();
		const shows = ["pointerover", "focusin"];
		const hides = ["pointerdown", "focusout", "scroll"];
		for (const type of shows) document.addEventListener(type, show);
		for (const type of hides) document.addEventListener(type, hide, true);
		document.addEventListener("keydown", onKey);
		return () => {
			clearTimeout(timer);
			for (const type of shows) document.removeEventListener(type, show);
			for (const type of hides) document.removeEventListener(type, hide, true);
			document.removeEventListener("keydown", onKey);
		};
	}, []);
	return shown;
}

/** The box, once in the frame. */
export function TipLayer() {
	const shown = useTip();
	const box = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		if (!shown || !box.current) return;
		const { at } = shown;
		const { width, height } = box.current.getBoundingClientRect();
		const middle = at.left + at.width / 2 - width / 2;
		const left = Math.max(gap, Math.min(window.innerWidth - width - gap, middle));
		const above = at.bottom + gap + height > window.innerHeight;
		box.current.style.left = `${left}px`;
		box.current.style.top = `${above ? at.top - gap - height : at.bottom + gap}px`;
	}, [shown]);
	if (!shown?.text) return null;
	return (
		<div ref={box} className={css.tip} role="tooltip">
			{shown.text}
		</div>
	);
}
