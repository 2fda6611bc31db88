import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

export function Copy({ text, label }: { text: string; label: string }) {
	return (
		<CopyButton value={text}>
			{({ copied, copy }) => (
				<Tooltip label={copied ? "Copied" : label}>
					<ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
						{copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
					</ActionIcon>
				</Tooltip>
			)}
		</CopyButton>
	);
}
