import {
	ActionIcon,
	Button,
	CloseButton,
	CopyButton,
	Popover,
	TextInput,
	UnstyledButton,
} from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconBookmark } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { readViews, sameSearch, type View, withView } from "../../model/views.ts";
import css from "./SavedViews.module.css";
import { useParams } from "./useListState.ts";

/** Names for what a list shows: kept in this browser, and shared as a link. */
export function SavedViews({ what }: { what: string }) {
	const [params] = useParams();
	const navigate = useNavigate();
	const [opened, setOpened] = useState(false);
	const [name, setName] = useState("");
	const [views, setViews] = useLocalStorage<View[]>({
		key: `pave.views.${what}`,
		defaultValue: [],
		deserialize: readViews,
	});
	const current = views.find((view) => sameSearch(view.search, params));
	const open = (view: View) => {
		setOpened(false);
		void navigate({ to: ".", search: view.search as never });
	};
	const save = () => {
		const trimmed = name.trim();
		if (trimmed === "") return;
		setViews(withView(views, trimmed, params));
		setName("");
	};
	return (
		<Popover opened={opened} onChange={setOpened} position="bottom-end" width={260} trapFocus>
			<Popover.Target>
				<ActionIcon
					variant="subtle"
					color={current ? undefined : "gray"}
					aria-label="Saved views"
					data-tip={current ? `View: ${current.name}` : "Saved views"}
					onClick={() => setOpened(!opened)}
				>
					<IconBookmark size={16} stroke={1.5} />
				</ActionIcon>
			</Popover.Target>
			<Popover.Dropdown p={0} aria-label="Saved views">
				{views.length > 0 ? (
					<ul className={css.views}>
						{views.map((view) => (
							<li key={view.name} className={css.view} data-current={view === current || undefined}>
								<UnstyledButton
									className={css.name}
									aria-current={view === current ? "true" : undefined}
									onClick={() => open(view)}
								>
									{view.name}
								</UnstyledButton>
								<CloseButton
									size="sm"
									aria-label={`Forget ${view.name}`}
									onClick={() => setViews(views.filter((v) => v !== view))}
								/>
							</li>
						))}
					</ul>
				) : (
					<p className={css.none}>Filters, order and columns under a name. Kept in this browser.</p>
				)}
				<form
					className={css.save}
					onSubmit={(event) => {
						event.preventDefault();
						save();
					}}
				>
					<TextInput
						size="xs"
						className={css.input}
						aria-label="Name of this view"
						placeholder="Name this view"
						maxLength={60}
						value={name}
						onChange={(event) => setName(event.currentTarget.value)}
						data-autofocus
					/>
					<Button type="submit" size="xs" variant="default" disabled={name.trim() === ""}>
						Save
					</Button>
				</form>
				<CopyButton value={window.location.href}>
					{({ copied, copy }) => (
						<UnstyledButton className={css.link} onClick={copy}>
							{copied ? "Copied" : "Copy a link to what is shown"}
						</UnstyledButton>
					)}
				</CopyButton>
			</Popover.Dropdown>
		</Popover>
	);
}
