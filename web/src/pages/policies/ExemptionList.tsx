import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useReports } from "../../api/reports.ts";
import { resources } from "../../api/resources.ts";
import type { PolicyExemption } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { type Exemption, endsRank, exemptionsOf } from "../../model/exemptions.ts";
import { objectHref } from "../../model/links.ts";
import type { Facet } from "../../model/list.ts";
import { plural } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { useNow } from "../../ui/clock.ts";
import type { Column } from "../../ui/list/column.ts";
import { List } from "../../ui/list/List.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "./ExemptionList.module.css";

const { group, version, kind } = resources.policyExemptions;

function hrefOf({ name }: Exemption): string {
	return objectHref({ group, version, kind, name });
}

function coversText({ covers, word }: Exemption): string {
	if (word === "Ended") return "";
	return covers === 0 ? "nothing now" : plural(covers, "violation");
}

/** Its name, why it is there, and on a phone all that the other columns say. */
function What({ exemption }: { exemption: Exemption }) {
	const { name, reason, missing, state, word, until, person } = exemption;
	return (
		<div className={css.what}>
			<span className={css.phone}>
				<StateText state={state}>{word}</StateText>
				<Ago at={until} />
			</span>
			<Go href={hrefOf(exemption)}>{name}</Go>
			<Tip label={[missing, reason].filter(Boolean).join("; ")}>
				<span className={missing ? css.missing : css.reason}>{missing || reason}</span>
			</Tip>
			<span className={css.phone}>for {person}</span>
		</div>
	);
}

function Scope({ exemption }: { exemption: Exemption }) {
	const { objects, policies } = exemption;
	const from = policies.join(", ");
	return (
		<Tip label={`${objects}: ${from}`}>
			<div className={css.what}>
				<span>{objects}</span>
				<span className={css.reason}>{from}</span>
			</div>
		</Tip>
	);
}

function Who({ exemption: { person, approvedBy } }: { exemption: Exemption }) {
	return (
		<Tip label={`For ${person}, approved by ${approvedBy}`}>
			<div className={css.what}>
				<span>{person}</span>
				<span className={css.reason}>approved by {approvedBy}</span>
			</div>
		</Tip>
	);
}

const columns: readonly Column<Exemption>[] = [
	{
		id: "state",
		header: "State",
		rem: 7,
		cell: (e) => <StateText state={e.state}>{e.word}</StateText>,
		value: (e) => e.word,
	},
	{ id: "until", header: "Ends", rem: 6, cell: (e) => <Ago at={e.until} />, value: endsRank },
	{
		id: "name",
		header: "Exemption",
		phone: true,
		min: 15,
		grow: 2,
		cell: (e) => <What exemption={e} />,
		value: (e) => e.name,
	},
	{
		id: "objects",
		header: "What is exempt from what",
		min: 15,
		grow: 2,
		cell: (e) => <Scope exemption={e} />,
		value: (e) => e.objects,
	},
	{ id: "covers", header: "Covers", rem: 8, cell: coversText, value: (e) => e.covers },
	{
		id: "person",
		header: "For",
		min: 10,
		grow: 0.8,
		cell: (e) => <Who exemption={e} />,
		value: (e) => e.person,
	},
	{ id: "approved", header: "Approved by", min: 8, grow: 0.6, extra: true, value: (e) => e.approvedBy },
	{ id: "policies", header: "Policies", grow: 2, extra: true, value: (e) => e.policies.join(", ") },
	{ id: "reason", header: "Reason", grow: 2, extra: true, value: (e) => e.reason },
];

const facets: readonly Facet<Exemption>[] = [
	{ id: "state", label: "State", of: (e) => [e.word], order: ["Ends soon", "Holds", "Ended"], open: true },
	{ id: "policy", label: "Policy", of: (e) => e.policyNames },
	{ id: "namespace", label: "Namespace", of: (e) => e.namespaces },
	{ id: "person", label: "For", of: (e) => (e.person ? [e.person] : []) },
	{ id: "approved", label: "Approved by", of: (e) => (e.approvedBy ? [e.approvedBy] : []) },
];

function searchText(e: Exemption): string {
	return [e.name, e.objects, ...e.policies, e.person, e.approvedBy, e.reason].join(" ");
}

const example = `kubectl apply -f - <<EOF
apiVersion: governance.pave.dev/v1alpha1
kind: PolicyExemption
metadata: {name: old-web}
spec:
  policies:
  - {kind: ConfigMap, namespace: pave-system, name: resource-limits}
  objects: {namespaces: [shop], kinds: [Deployment], names: [web]}
  until: "$(date -u -d '+30 days' +%FT%TZ)"
  reason: its limits come with the next release
  person: mara@example.com
  approvedBy: YOUR-NAME
EOF`;

function NoExemptions() {
	return (
		<Notice title="No exemptions" command={example}>
			<p>
				An exemption lets some objects off some policies until a day, with a reason and the name of whoever
				approved it. When it has ended, it is over at once and everywhere.
			</p>
		</Notice>
	);
}

export function ExemptionList({ exemptions }: { exemptions: Snapshot<PolicyExemption> }) {
	const navigate = useNavigate();
	const reports = useReports();
	const now = useNow();
	const phone = useMediaQuery("(max-width: 48em)") ?? false;
	const rows = useMemo(
		() => exemptionsOf(exemptions.items, reports.items, now),
		[exemptions.items, reports.items, now],
	);
	return (
		<List
			what="exemptions"
			one="exemption"
			rows={rows}
			loading={exemptions.state === "loading"}
			columns={columns}
			facets={facets}
			text={searchText}
			rowKey={(e) => e.name}
			onOpen={(e) => void navigate({ to: hrefOf(e) as "/" })}
			sort={{ id: "until", desc: false }}
			rowHeight={phone ? 96 : 52}
			empty={<NoExemptions />}
		/>
	);
}
