import { Modal } from "@mantine/core";
import { useOpened } from "../ui/useOpened.ts";
import { KeyList } from "./KeyList.tsx";

export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
	return (
		<Modal
			opened={useOpened(opened)}
			onClose={onClose}
			title="Keyboard"
			lockScroll={false}
			transitionProps={{ duration: 0 }}
		>
			<KeyList />
		</Modal>
	);
}
