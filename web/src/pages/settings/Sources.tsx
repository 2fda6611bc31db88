import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { refusal } from "../../api/client.ts";
import { refOf } from "../../api/resources.ts";
import type { CatalogSource } from "../../api/types.ts";
import { useLive } from "../../live/hooks.ts";
import { sourceState } from "../../model/sources.ts";
import { plural, sentence, shortRevision } from "../../model/text.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { Bones } from "../../ui/Bones.tsx";
import { Failure, Notice } from "../../ui/Notice.tsx";
import { StateIcon, StatePill } from "../../ui/StateIcon.tsx";
import css from "./Settings.module.css";

const example = `kubectl apply -f - <<EOF
apiVersion: portal.pave.dev/v1alpha1
kind: CatalogSource
metadata: {name: services}
spec: {repoURL: https://git.example.com/services.git, paths: ["**/catalog-info.yaml"]}
EOF`;

const firstErrors = 8;

function Source({ source }: { source: CatalogSource }) {
	const [all, setAll] = useState(false);
	const errors = source.status?.errors ?? [];
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
				{state === "fail" ? null : (
					<span className={css.right}>{plural(source.status?.entities ?? 0, "entity", "entities")}</span>
				)}
			</div>
			{state === "fail" ? <p className={css.reason}>{sentence(message)}</p> : null}
			<div className={css.meta}>
				<code>{source.spec?.repoURL}</code>
				<span>
					{source.spec?.revision || "HEAD"} at <code>{shortRevision(source.status?.commit)}</code>
				</span>
				<code>{source.spec?.paths?.join(" ")}</code>
			</div>
			{errors.slice(0, all ? errors.length : firstErrors).map((e) => (
				<div key={`${e.file}${e.line}${e.message}`} className={css.fault}>
					<code>
						<StateIcon state="fail" size={12} label="Fault" />
						{e.file}
						{e.line ? `:${e.line}` : ""}
					</code>
					<span>{e.message}</span>
				</div>
			))}
			{errors.length > firstErrors ? (
				<UnstyledButton className={css.more} onClick={() => setAll(!all)}>
					{all ? "Fewer" : `${errors.length - firstErrors} more`}
				</UnstyledButton>
			) : null}
		</li>
	);
}

export function Sources() {
	const sources = useLive<CatalogSource>("catalogSources");
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
			{sources.items.map((source) => (
				<Source key={`${source.metadata.namespace}/${source.metadata.name}`} source={source} />
			))}
		</ul>
	);
}
