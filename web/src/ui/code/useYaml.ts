import { useEffect, useState } from "react";

/** `value` as YAML; the printer is loaded when first needed. */
export function useYaml(value: unknown): string | undefined {
	const [text, setText] = useState<string>();
	useEffect(() => {
		if (value === undefined) return setText(undefined);
		let wanted = true;
		void import("yaml").then(({ stringify }) => {
			if (wanted) setText(stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }));
		});
		return () => {
			wanted = false;
		};
	}, [value]);
	return text;
}
