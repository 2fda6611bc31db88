import { useMemo } from "react";
import { refusal } from "../../api/client.ts";
import { refOf } from "../../api/resources.ts";
import type { CatalogSource } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { sourceState } from "../../model/sources.ts";
import { worstFirst } from "../../model/state.ts";
import { plural, sentence, shortRevision } from "../../model/text.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Bones } from "../../ui/Bones.tsx";
import { SourceFaults } from "../../ui/Faults.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { StatePill } from "../../ui/StateIcon.tsx";
import css from "./Settings.module.css";

const example = `kubectl apply -f - <<EOF
apiVersion: portal.pave.dev/v1alpha1
kind: CatalogSource
metadata: {name: services}
spec: {repoURL: https://git.example.com/services.git, paths: ["**/catalog-info.yaml"]}
EOF`;

function Source({ source }: { source: CatalogSource }) {
	const { state, word, message } = sourceState(source);
	return (
		<li className={css.source}>
			<div className={css.sourceHead}>
				<strong>
					<ObjectLink
						target={refOf({ ...source, apiVersion: "portal.pave.dev/v1alpha1", kind: "CatalogSource" })}
					>
						{source.metadata.name}
					</ObjectLink>
				</strong>
				<StatePill state={state}>{word}</StatePill>
				{state === "fail" && !source.status?.entities ? null : (
					<span className={css.right}>{plural(source.status?.entities ?? 0, "entity", "entities")}</span>
				)}
			</div>
			{message ? <p className={css.reason}>{sentence(message)}</p> : null}
			<div className={css.meta}>
				<code>{source.spec?.repoURL}</code>
				<span>
					{source.spec?.revision || "HEAD"} at <code>{shortRevision(source.status?.commit)}</code>
				</span>
				<code>{source.spec?.paths?.join(" ")}</code>
			</div>
			<SourceFaults source={source} />
		</li>
	);
}

export function Sources() {
	const sources = useLive<CatalogSource>("catalogSources");
	const sorted = useMemo(() => {
		const rank = (source: CatalogSource) => worstFirst.indexOf(sourceState(source).state);
		const name = (source: CatalogSource) => source.metadata.name;
		return [...sources.items].sort((a, b) => rank(a) - rank(b) || name(a).localeCompare(name(b)));
	}, [sources.items]);
	if (sources.state === "loading") return <Bones lines={4} />;
	if (sources.state === "denied" || sources.state === "failed")
		return <Failure error={refusal(sources)} what="catalog sources" />;
	if (sources.items.length === 0)
		return (
			<Notice title="The catalog has no sources" command={example}>
				<p>
					A source is a Git repository with entity files. A pushed change shows in the catalog within seconds.
				</p>
			</Notice>
		);
	return (
		<ul className={css.sources}>
			{sorted.map((source) => (
				<Source key={source.metadata.name} source={source} />
			))}
		</ul>
	);
}
