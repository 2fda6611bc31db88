import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconTerminal2 } from "@tabler/icons-react";

/** The same on the command line, ready to paste. */
export function CopyMenu({ kind, name, namespace }: { kind: string; name: string; namespace?: string }) {
	const scope = namespace ? ` -n ${namespace}` : "";
	const commands = [
		["Copy kubectl get", `kubectl get ${kind} ${name}${scope} -o yaml`],
		["Copy kubectl describe", `kubectl describe ${kind} ${name}${scope}`],
		["Copy pave why", `pave why ${kind}/${name}${scope}`],
	] as const;
	return (
		<Menu position="bottom-end">
			<Menu.Target>
				<ActionIcon variant="default" size={30} aria-label="More">
					<IconDots size={16} stroke={1.5} />
				</ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				{commands.map(([label, command]) => (
					<Menu.Item
						key={label}
						leftSection={<IconTerminal2 size={15} stroke={1.5} />}
						onClick={() => void navigator.clipboard.writeText(command)}
					>
						{label}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}
