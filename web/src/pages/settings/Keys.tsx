import { Kbd } from "@mantine/core";
import { nav, settingsItem } from "../../app/nav.ts";
import { Card } from "../../ui/Card.tsx";
import css from "./Settings.module.css";

const keys: [what: string, keys: string[]][] = [
	["Search everything", ["/", "⌘K"]],
	["Filter the list", ["f"]],
	["Next and previous row", ["j", "k"]],
	["Open the row", ["Enter"]],
	["Collapse the navigation", ["["]],
	...[...nav.flat(), settingsItem].map((i): [string, string[]] => [`Go to ${i.label}`, [`g ${i.key}`]]),
];

export function Keys() {
	return (
		<Card title="Keyboard">
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
		</Card>
	);
}
