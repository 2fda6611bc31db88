/** The commit that is deployed, and beside it a newer one that is not. */

import type { Application } from "../api/types.ts";
import { type Deployed, deployedOf } from "../model/deployed.ts";
import { sentence, shortRevision } from "../model/text.ts";
import css from "./Commit.module.css";
import { StateIcon } from "./StateIcon.tsx";
import { Tip } from "./Tip.tsx";

function words({ revision, newer }: Deployed): string {
	if (!newer) return "";
	const runs = revision ? `${shortRevision(revision)} is deployed` : "nothing is deployed yet";
	const fate = newer.failed ? "was tried and failed" : "is newer and not deployed";
	return `${shortRevision(newer.revision)} ${fate}: ${runs}.${newer.reason ? ` ${sentence(newer.reason)}` : ""}`;
}

export function Commit({ app }: { app: Application }) {
	const deployed = deployedOf(app);
	const { revision, newer } = deployed;
	return (
		<span className={css.commit}>
			{revision || !newer ? <code>{shortRevision(revision)}</code> : null}
			{newer ? (
				<Tip label={words(deployed)}>
					<span className={css.newer}>
						<StateIcon state={newer.failed ? "fail" : "warn"} />
						<code aria-hidden>{shortRevision(newer.revision)}</code>
						<span className="pv-sr">{words(deployed)}</span>
					</span>
				</Tip>
			) : null}
		</span>
	);
}
