import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { Failure, Notice } from "../ui/Notice.tsx";

export function NotFound() {
	return (
		<Notice
			page
			icon={<IconMapOff size={20} stroke={1.5} />}
			title="There is no page at this address"
			action={
				<Button variant="default" component={Link} to="/">
					Go to Home
				</Button>
			}
		>
			<p>The object may have been renamed or deleted. Search for it with / or ⌘K.</p>
		</Notice>
	);
}

export function PageError({ error, reset }: ErrorComponentProps) {
	return <Failure page error={error} what="this page" retry={reset} />;
}
