import { Drawer } from "@mantine/core";
import { useOpened } from "../ui/useOpened.ts";
import css from "./Frame.module.css";
import { Rail } from "./Rail.tsx";

/** The rail where there is no room for it beside the page. */
export function RailDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
	return (
		<Drawer
			opened={useOpened(opened)}
			onClose={onClose}
			size="15rem"
			withCloseButton={false}
			padding={0}
			attributes={{ content: { "aria-label": "Navigation" } }}
		>
			<div className={css.drawer}>
				<Rail narrow={false} onGo={onClose} />
			</div>
		</Drawer>
	);
}
