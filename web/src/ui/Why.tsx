/** Why an object is as it is: the last plans of the controllers, their reasons and diffs. */
import { Button, Drawer, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client.ts";
import type { WhyCause } from "../api/types.ts";
import { clauses, whyQuery } from "../api/why.ts";
import { sentence } from "../model/text.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import { Failure, Notice } from "./Notice.tsx";
import { Objections } from "./Objections.tsx";
import { Said } from "./Said.tsx";
import { StateIcon } from "./StateIcon.tsx";
import css from "./Why.module.css";
import { WhyPlans } from "./WhyPlans.tsx";

/** How it is first, then how it came to be so. */
function Answer({ text }: { text: string }) {
	const [first = "", ...others] = clauses(text);
	return (
		<div className={css.answer}>
			<p>
				<Said text={sentence(first)} />
			</p>
			{others.map((other) => (
				<p key={other} className={css.because}>
					<Said text={sentence(other)} />
				</p>
			))}
		</div>
	);
}

function Cause({ cause }: { cause: WhyCause }) {
	return (
		<li className={css.cause}>
			<StateIcon state="fail" />
			<div>
				<ObjectLink target={cause.object} /> <strong>{cause.reason}</strong>
				{cause.count ? (
					<span className="dim num">
						{" "}
						×{"\u00a0"}
						{cause.count}
					</span>
				) : null}
				{cause.message ? (
					<p className="dim">
						<Said text={sentence(cause.message)} />
					</p>
				) : null}
			</div>
		</li>
	);
}

export interface WhyProps {
	path: string | undefined;
	resourceVersion: string | undefined;
	/** The same on the command line. */
	command?: string;
}

export function WhyPanel({ path, resourceVersion, command }: WhyProps) {
	const { data, error, isPending, refetch } = useQuery(whyQuery(path, resourceVersion));
	if (error instanceof ApiError && error.code === 404)
		return (
			<Notice compact title="No controller has looked at this object">
				<p>Nothing in Pave reconciles it, so nothing has a reason to change it.</p>
			</Notice>
		);
	if (error) return <Failure error={error} what="the reasons" retry={() => void refetch()} />;
	if (isPending) return <Skeleton height={120} radius="md" />;
	const plans = data?.plans ?? [];
	return (
		<div className={css.why}>
			{data?.summary ? <Answer text={data.summary} /> : null}
			{data?.causes?.length ? (
				<section aria-label="What keeps it from being well">
					<h2 className={css.title}>What keeps it from being well</h2>
					<ul className={css.causes}>
						{data.causes.map((cause, at) => (
							<Cause key={at} cause={cause} />
						))}
					</ul>
				</section>
			) : null}
			<Objections title="What policies have against it" list={data?.policies ?? []} />
			{data?.nextRun ? (
				<p className="small dim">
					Looked at again <Ago at={data.nextRun} />, or as soon as something it depends on changes.
				</p>
			) : null}
			{plans.length === 0 ? (
				<Notice compact title="No plans yet">
					<p>The controller has not run for this object since the server started.</p>
				</Notice>
			) : (
				<WhyPlans plans={plans} />
			)}
			{command ? (
				<p className="small dim">
					In a terminal: <code>{command}</code>
				</p>
			) : null}
		</div>
	);
}

export function WhyButton(props: WhyProps & { name: string }) {
	const [opened, { open, close }] = useDisclosure(false);
	return (
		<>
			<Button variant="default" leftSection={<IconHelpCircle size={15} stroke={1.5} />} onClick={open}>
				Why
			</Button>
			<Drawer
				opened={opened}
				onClose={close}
				position="right"
				size="lg"
				title={`Why ${props.name} is as it is`}
			>
				<WhyPanel {...props} />
			</Drawer>
		</>
	);
}

/** Of what is not there, if anything is known of it: who was refused to make it and by what, who deleted it. */
export function WhyNot({ path, command }: Pick<WhyProps, "path" | "command">) {
	const { data, isPlaceholderData } = useQuery({ ...whyQuery(path, ""), staleTime: 0 });
	if (!data || isPlaceholderData) return null;
	return (
		<section aria-label="Why it is not there" className={css.not}>
			<WhyPanel path={path} resourceVersion="" command={command} />
		</section>
	);
}
