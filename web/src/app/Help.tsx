import { Modal } from "@mantine/core";
import { KeyList } from "./KeyList.tsx";

export function Help({ onClose }: { onClose: () => void }) {
	return (
		<Modal opened onClose={onClose} title="Keyboard" lockScroll={false} transitionProps={{ duration: 0 }}>
			<KeyList />
		</Modal>
	);
}
