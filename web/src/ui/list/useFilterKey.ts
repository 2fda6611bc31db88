import { useRef } from "react";
import { useKeys } from "../../app/useKeys.ts";

/** "f" puts the cursor into the list's filter. */
export function useFilterKey() {
	const input = useRef<HTMLInputElement>(null);
	useKeys({ f: () => input.current?.focus() });
	return input;
}
