/** Code and YAML, loaded when a page first shows some. */
import { Skeleton } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { Copy } from "../Copy.tsx";
import css from "./Code.module.css";
import { useYaml } from "./useYaml.ts";

const CodeView = lazy(() => import("./CodeView.tsx"));

const loading = (
	<div className={css.loading} aria-hidden>
		{[70, 40, 55, 62, 30, 48].map((width) => (
			<Skeleton key={width} height={10} width={`${width}%`} radius="xs" />
		))}
	</div>
);

export function Code(props: { text: string; original?: string; label: string; plain?: boolean }) {
	return (
		<div className={css.frame}>
			<div className={css.copy}>
				<Copy text={props.text} label={`Copy ${props.label}`} />
			</div>
			<Suspense fallback={loading}>
				<CodeView {...props} />
			</Suspense>
		</div>
	);
}

type Fields = { metadata?: { managedFields?: unknown } };

function withoutManagedFields(object: unknown): unknown {
	const { metadata, ...rest } = object as Fields & Record<string, unknown>;
	if (!metadata || !("managedFields" in metadata)) return object;
	const { managedFields: _, ...kept } = metadata;
	const { apiVersion, kind, ...body } = rest;
	return { apiVersion, kind, metadata: kept, ...body };
}

export function Yaml({ object, original, label }: { object: unknown; original?: unknown; label: string }) {
	const [all, setAll] = useState(false);
	const shown = useMemo(() => (all ? object : withoutManagedFields(object)), [object, all]);
	const text = useYaml(shown);
	const plain = useMemo(() => (all ? original : original && withoutManagedFields(original)), [original, all]);
	const before = useYaml(plain);
	const hidden = shown !== object || all;
	if (text === undefined || (original !== undefined && before === undefined)) return loading;
	return (
		<>
			<Code text={text} original={before} label={label} />
			{hidden ? (
				<button type="button" className={css.managed} onClick={() => setAll(!all)}>
					{all ? "Hide managedFields" : "Show managedFields"}
				</button>
			) : null}
		</>
	);
}
