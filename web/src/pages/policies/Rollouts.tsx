/** Policies on their way into force: one page with the whole picture. */
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { mergePatch } from "../../api/client.ts";
import { useMay } from "../../api/may.ts";
import { objectPath, refOf, resources } from "../../api/resources.ts";
import type { PolicyRollout } from "../../api/types.ts";
import { attempt } from "../../app/attempt.ts";
import { sessionQuery } from "../../app/queries.ts";
import {
	approve,
	deedsOf,
	endRollback,
	pause,
	rollBack,
	rolloutState,
	waysBack,
} from "../../model/rollouts.ts";
import { listText, sentence } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import { RollbackDialog } from "./RollbackDialog.tsx";
import { RolloutStage } from "./RolloutStage.tsx";
import css from "./Rollouts.module.css";

const nowhere = [""];

function useChange(rollout: PolicyRollout) {
	const path = objectPath(resources.policyRollouts, undefined, rollout.metadata.name);
	return (what: string, patch: object) => attempt(what, () => mergePatch(path, patch));
}

function Actions({ rollout }: { rollout: PolicyRollout }) {
	const [opened, { open, close }] = useDisclosure(false);
	const change = useChange(rollout);
	const paused = rollout.spec?.paused === true;
	return (
		<div className={css.actions}>
			{rollout.status?.phase !== "Enforced" || paused ? (
				<Button
					size="xs"
					variant="default"
					onClick={() => void change(paused ? "resume it" : "pause it", pause(!paused))}
				>
					{paused ? "Resume" : "Pause"}
				</Button>
			) : null}
			{rollout.spec?.rollback ? (
				<Button size="xs" variant="default" onClick={() => void change("let it go on", endRollback())}>
					Let it go on
				</Button>
			) : null}
			{waysBack(rollout).length > 0 ? (
				<Button size="xs" variant="default" onClick={open}>
					Roll back
				</Button>
			) : null}
			<RollbackDialog
				rollout={rollout}
				opened={opened}
				onClose={close}
				run={(back) => change("roll it back", rollBack(rollout, back))}
			/>
		</div>
	);
}

function History({ rollout }: { rollout: PolicyRollout }) {
	const deeds = deedsOf(rollout);
	if (deeds.length === 0) return null;
	return (
		<details className={css.history}>
			<summary className={css.summary}>What happened</summary>
			<ul className={css.refused}>
				{deeds.map((deed) => (
					<li key={`${deed.at} ${deed.text}`}>
						<Ago at={deed.at} />
						<span>{sentence(deed.text)}</span>
					</li>
				))}
			</ul>
		</details>
	);
}

interface RolloutProps {
	rollout: PolicyRollout;
	may: boolean;
	mayApprove: boolean;
	user: string;
}

function Rollout({ rollout, may, mayApprove, user }: RolloutProps) {
	const { state, word } = rolloutState(rollout);
	const change = useChange(rollout);
	const back = rollout.spec?.rollback;
	const policies = (rollout.spec?.policies ?? []).map((p) =>
		[p.kind, p.namespace, p.name].filter(Boolean).join("/"),
	);
	return (
		<section className={css.rollout} aria-label={rollout.metadata.name}>
			<header className={css.head}>
				<h2>
					<ObjectLink target={refOf(rollout)}>{rollout.metadata.name}</ObjectLink>
				</h2>
				<StatePill state={state}>{word}</StatePill>
				{may ? <Actions rollout={rollout} /> : null}
				<p className={css.policies}>{listText(policies)}</p>
				{back ? (
					<p className={css.policies}>
						Back at {back.to}: {back.reason}
					</p>
				) : null}
			</header>
			<ol className={css.environments}>
				{(rollout.status?.environments ?? []).map((environment) => (
					<RolloutStage
						key={environment.name}
						rollout={rollout}
						environment={environment}
						onApprove={
							mayApprove
								? (stage) =>
										void change(
											`approve ${stage} of it`,
											approve(rollout, { environment: environment.name, stage, by: user }),
										)
								: undefined
						}
					/>
				))}
			</ol>
			<History rollout={rollout} />
		</section>
	);
}

export function Rollouts({ rollouts }: { rollouts: readonly PolicyRollout[] }) {
	const may = useMay("patch", resources.policyRollouts, nowhere);
	const mayApprove = useMay("approve", resources.policyRollouts, nowhere);
	const mayWrite = may !== undefined && may.size > 0;
	const { data: session } = useQuery(sessionQuery);
	return (
		<div className={css.rollouts}>
			{rollouts.map((rollout) => (
				<Rollout
					key={rollout.metadata.name}
					rollout={rollout}
					may={mayWrite}
					mayApprove={mayWrite && mayApprove !== undefined && mayApprove.size > 0}
					user={session?.user ?? ""}
				/>
			))}
		</div>
	);
}
