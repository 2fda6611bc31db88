import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { Tip } from "./Tip.tsx";

export function Copy({ text, label }: { text: string; label: string }) {
	return (
		<CopyButton value={text}>
			{({ copied, copy }) => (
				<Tip label={copied ? "Copied" : label}>
					<ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
						{copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
					</ActionIcon>
				</Tip>
			)}
		</CopyButton>
	);
}
