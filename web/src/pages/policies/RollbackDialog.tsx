import { Button, Checkbox, Group, Modal, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import type { PolicyRollout, Stage } from "../../api/types.ts";
import { beyond, type Rollback, waysBack } from "../../model/rollouts.ts";
import { useOpened } from "../../ui/useOpened.ts";
import css from "./Rollouts.module.css";

export interface RollbackDialogProps {
	rollout: PolicyRollout;
	opened: boolean;
	onClose: () => void;
	/** Whether it was done. */
	run: (rollback: Rollback) => Promise<boolean>;
}

export function RollbackDialog({ rollout, opened, onClose, run }: RollbackDialogProps) {
	const ways = waysBack(rollout);
	const [chosen, choose] = useState<Stage>();
	const [left, setLeft] = useState<readonly string[]>([]);
	const [reason, setReason] = useState("");
	const to = chosen && ways.includes(chosen) ? chosen : ways.at(-1);
	const offered = to ? beyond(rollout, to) : [];
	const environments = offered.filter((name) => !left.includes(name));
	const ready = to !== undefined && environments.length > 0 && reason.trim() !== "";
	const go = async () => {
		if (ready && (await run({ to, environments, reason: reason.trim() }))) onClose();
	};
	return (
		<Modal opened={useOpened(opened)} onClose={onClose} title={`Roll back ${rollout.metadata.name}`}>
			<form
				className={css.dialog}
				onSubmit={(event) => {
					event.preventDefault();
					void go();
				}}
			>
				<p className="dim">
					At once, and it stays there until somebody lets it go on; then the least times begin anew.
				</p>
				<SegmentedControl
					aria-label="Back to"
					data={ways.map((stage) => ({ value: stage, label: `Back to ${stage}` }))}
					value={to ?? ""}
					onChange={(value) => choose(value as Stage)}
				/>
				{offered.map((name) => (
					<Checkbox
						key={name}
						label={name}
						checked={!left.includes(name)}
						onChange={(event) =>
							setLeft(event.currentTarget.checked ? left.filter((n) => n !== name) : [...left, name])
						}
					/>
				))}
				<TextInput
					label="Why"
					maxLength={1000}
					value={reason}
					onChange={(event) => setReason(event.currentTarget.value)}
					data-autofocus
				/>
				<Group justify="flex-end" gap="xs">
					<Button variant="default" onClick={onClose}>
						Cancel
					</Button>
					<Button type="submit" disabled={!ready}>
						Roll back
					</Button>
				</Group>
			</form>
		</Modal>
	);
}
