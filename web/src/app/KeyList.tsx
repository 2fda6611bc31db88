import { Kbd } from "@mantine/core";
import css from "./KeyList.module.css";
import { nav, settingsItem } from "./nav.ts";

const keys: [what: string, keys: string[]][] = [
	["Search everything", ["/", "⌘K"]],
	["Filter the list", ["f"]],
	["Next and previous row", ["j", "k"]],
	["Open the row", ["Enter"]],
	["Select the row", ["x"]],
	["This list", ["?"]],
	["Collapse the navigation", ["["]],
	...[...nav.flat(), settingsItem].map((i): [string, string[]] => [`Go to ${i.label}`, [`g ${i.key}`]]),
];

/** Every key that does something. */
export function KeyList() {
	return (
		<dl className={css.keys}>
			{keys.map(([what, names]) => (
				<div key={what}>
					<dt>{what}</dt>
					<dd>
						{names.map((name) => (
							<Kbd key={name} size="xs">
								{name}
							</Kbd>
						))}
					</dd>
				</div>
			))}
		</dl>
	);
}
