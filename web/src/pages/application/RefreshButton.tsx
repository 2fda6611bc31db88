import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { IconChevronDown, IconRefresh } from "@tabler/icons-react";
import type { Application } from "../../api/types.ts";
import { Tip } from "../../ui/Tip.tsx";
import { refresh } from "./actions.ts";
import { useRefusal } from "./useRefusal.ts";

export function RefreshButton({ app, path }: { app: Application; path: string }) {
	const busy = app.metadata.annotations?.["argocd.argoproj.io/refresh"] !== undefined;
	const refusal = useRefusal(app);
	return (
		<Group gap={0} wrap="nowrap">
			<Tip label={refusal}>
				<Button
					variant="default"
					loading={busy}
					leftSection={<IconRefresh size={15} stroke={1.5} />}
					data-disabled={refusal ? true : undefined}
					onClick={() => {
						if (!refusal) void refresh(path, "normal");
					}}
					style={{ borderTopRightRadius: 0, borderBottomRightRadius: 0 }}
				>
					Refresh
				</Button>
			</Tip>
			<Menu position="bottom-end" width={260} disabled={refusal !== undefined}>
				<Menu.Target>
					<ActionIcon
						variant="default"
						size={30}
						aria-label="More ways to refresh"
						data-disabled={refusal ? true : undefined}
						style={{ borderTopLeftRadius: 0, borderBottomLeftRadius: 0, borderLeft: 0 }}
					>
						<IconChevronDown size={14} stroke={1.5} />
					</ActionIcon>
				</Menu.Target>
				<Menu.Dropdown>
					<Menu.Item onClick={() => void refresh(path, "normal")}>
						Refresh
						<div className="small dim">Compare with Git again</div>
					</Menu.Item>
					<Menu.Item onClick={() => void refresh(path, "hard")}>
						Hard refresh
						<div className="small dim">Fetch and render anew, past all caches</div>
					</Menu.Item>
				</Menu.Dropdown>
			</Menu>
		</Group>
	);
}
