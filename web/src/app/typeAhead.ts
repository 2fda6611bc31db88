/** Letters that are typed between a key that opens a box and the box being there: none is lost, and none is taken for
 *  another command. */

const longestMs = 5000;

export interface TypeAhead {
	/** From now on. */
	start: () => void;
	/** What was typed; from now on the keys are the box's. */
	take: () => string;
}

export function typeAhead(target: EventTarget): TypeAhead {
	let letters = "";
	let timer: ReturnType<typeof setTimeout> | undefined;
	const onKey = (event: Event) => {
		const { key, ctrlKey, metaKey, altKey } = event as KeyboardEvent;
		if (ctrlKey || metaKey || altKey) return;
		if (key === "Escape") return stop();
		if (key === "Backspace") letters = letters.slice(0, -1);
		else if ([...key].length === 1) letters += key;
		else return;
		event.preventDefault();
		event.stopPropagation();
	};
	function stop(): void {
		clearTimeout(timer);
		target.removeEventListener("keydown", onKey, { capture: true });
		letters = "";
	}
	return {
		start: () => {
			stop();
			target.addEventListener("keydown", onKey, { capture: true });
			// A box that does not come must not have the keys for ever.
			timer = setTimeout(stop, longestMs);
		},
		take: () => {
			const typed = letters;
			stop();
			return typed;
		},
	};
}
