import { Link } from "@tanstack/react-router";
import { resources } from "../api/resources.ts";
import type { Block } from "../model/blocks.ts";
import { sentence } from "../model/text.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import css from "./Blocks.module.css";
import { StateIcon } from "./StateIcon.tsx";

/** As violations are filtered by it: without the namespace. */
function policyName(policy: string): string {
	return policy.slice(policy.indexOf("/") + 1);
}

function Because({ block: { because, exemption } }: { block: Block }) {
	if (!exemption) return <>{because}</>;
	const { group, version, kind } = resources.policyExemptions;
	return (
		<>
			exemption{" "}
			<ObjectLink target={{ group, version, kind, name: exemption.name }}>{exemption.name}</ObjectLink>
		</>
	);
}

function When({ block }: { block: Block }) {
	if (block.now) return <>Its next change is refused</>;
	if (block.exemption)
		return (
			<>
				Let in by <Because block={block} />, which ends <Ago at={block.from} />
			</>
		);
	if (block.due)
		return (
			<>
				To be refused once {block.because} moves on in {block.environment}: its time is over, so its gate
				keeps it, or an approval
			</>
		);
	if (!block.from) return <>To be refused; {block.because} has no date for it</>;
	return (
		<>
			To be refused <Ago at={block.from} />, by {block.because}
		</>
	);
}

/** Why it is exempt, for whom, and who says so. */
function Exemption({ exemption }: { exemption: Block["exemption"] }) {
	if (!exemption) return null;
	const { reason, person, approvedBy } = exemption;
	const who = [person ? `for ${person}` : "", approvedBy ? `approved by ${approvedBy}` : ""].filter(Boolean);
	return (
		<p className={css.fix}>
			{sentence(reason ?? "")}
			{who.length > 0 ? ` (${who.join(", ")})` : ""}
		</p>
	);
}

function stateOf(block: Block) {
	if (block.now) return { state: "fail", label: "Blocked" } as const;
	return block.exemption
		? ({ state: "paused", label: "Exempt" } as const)
		: ({ state: "warn", label: "To be blocked" } as const);
}

/** What refuses a change, or will, each with from when and by which policy. */
export function BlockRows({ blocks, withObject }: { blocks: readonly Block[]; withObject?: boolean }) {
	return (
		<ul className={css.blocks}>
			{blocks.map((block) => (
				<li key={block.key}>
					<StateIcon {...stateOf(block)} />
					<div>
						<strong>{block.message}</strong>
						<p className={css.fix}>
							<When block={block} />
						</p>
						<Exemption exemption={block.exemption} />
						<p className={css.fix}>
							{withObject ? (
								<>
									<ObjectLink target={block.ref} />, policy{" "}
								</>
							) : (
								"Policy "
							)}
							<Link to="/policies" search={{ tab: "violations", policy: policyName(block.policy) } as never}>
								{block.policy}
							</Link>
						</p>
					</div>
				</li>
			))}
		</ul>
	);
}
