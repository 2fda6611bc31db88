/** What containers say: the newest lines, followed while one looks. */
import { Checkbox, TextInput } from "@mantine/core";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { request } from "../api/client.ts";
import type { Workload } from "../api/types.ts";
import { readLines } from "../live/lines.ts";
import { type LogOf, linesWith, logPath, withLines } from "../model/log.ts";
import { plural } from "../model/text.ts";
import { Bones } from "./Bones.tsx";
import css from "./Logs.module.css";
import { Failure, Notice } from "./Notice.tsx";

interface Said {
	lines: readonly string[];
	state: "loading" | "open" | "ended";
	error?: unknown;
}

/** Follows a log until the page shows another. */
function useLog({ namespace, pod, container, previous }: LogOf): Said {
	const [said, setSaid] = useState<Said>({ lines: [], state: "loading" });
	useEffect(() => {
		const abort = new AbortController();
		const follow = async () => {
			const path = logPath({ namespace, pod, container, previous });
			const { body } = await request(path, { signal: abort.signal });
			setSaid((before) => ({ ...before, state: "open" }));
			if (body)
				await readLines(body, (more) =>
					setSaid((before) => ({ ...before, lines: withLines(before.lines, more) })),
				);
			setSaid((before) => ({ ...before, state: "ended" }));
		};
		setSaid({ lines: [], state: "loading" });
		follow().catch((error) => {
			if (!abort.signal.aborted) setSaid((before) => ({ ...before, state: "ended", error }));
		});
		return () => abort.abort();
	}, [namespace, pod, container, previous]);
	return said;
}

/** At the end while one is there; where one has scrolled to if not. */
function useFollowing(lines: readonly string[]) {
	const box = useRef<HTMLElement>(null);
	const atEnd = useRef(true);
	// biome-ignore lint/correctness/useExhaustiveDependencies: what came makes it longer
	useLayoutEffect(() => {
		if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
	}, [lines]);
	const onScroll = () => {
		const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {};
		atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
	};
	return { box, onScroll };
}

function Lines({ of }: { of: LogOf }) {
	const said = useLog(of);
	const [text, setText] = useState("");
	const lines = useMemo(() => linesWith(said.lines, text), [said.lines, text]);
	const { box, onScroll } = useFollowing(lines);
	if (said.error && said.lines.length === 0)
		return <Failure error={said.error} what={`the log of ${of.pod}`} />;
	if (said.state === "loading") return <Bones lines={4} />;
	return (
		<>
			<div className={css.tools}>
				<TextInput
					size="xs"
					placeholder="Filter lines"
					aria-label="Filter lines"
					value={text}
					onChange={(event) => setText(event.currentTarget.value)}
				/>
				<span className="small dim">
					{plural(lines.length, "line")}
					{said.error ? ", then it broke off" : said.state === "ended" ? ", no more come" : ""}
				</span>
			</div>
			<section
				ref={box}
				className={css.lines}
				onScroll={onScroll}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
				tabIndex={0}
				aria-label={`Log of ${of.pod}`}
			>
				<pre>{lines.join("\n")}</pre>
			</section>
		</>
	);
}

function containersOf(pod: Workload): { name: string; restarts: number }[] {
	const restarts = new Map(pod.status?.containerStatuses?.map((c) => [c.name, c.restartCount ?? 0]));
	return (pod.spec?.containers ?? []).map(({ name }) => ({ name, restarts: restarts.get(name) ?? 0 }));
}

interface ChoiceProps {
	label: string;
	of: readonly string[];
	value: string | undefined;
	onChange: (value: string) => void;
}

function Choice({ label, of, value, onChange }: ChoiceProps) {
	return (
		<select
			className={css.choice}
			aria-label={label}
			value={value}
			onChange={(event) => onChange(event.currentTarget.value)}
		>
			{of.map((one) => (
				<option key={one}>{one}</option>
			))}
		</select>
	);
}

export function Logs({ pods }: { pods: readonly Workload[] }) {
	const [asked, setPod] = useState<string>();
	const [wanted, setContainer] = useState<string>();
	const [before, setBefore] = useState(false);
	const pod = pods.find((p) => p.metadata.name === asked) ?? pods[0];
	if (!pod)
		return (
			<Notice compact title="No pods">
				<p>What containers say is shown here once it has some.</p>
			</Notice>
		);
	const containers = containersOf(pod);
	const container = containers.find((c) => c.name === wanted) ?? containers[0];
	const restarts = container?.restarts ?? 0;
	return (
		<div className={css.logs}>
			<div className={css.tools}>
				{pods.length > 1 ? (
					<Choice
						label="Pod"
						of={pods.map((p) => p.metadata.name)}
						value={pod.metadata.name}
						onChange={setPod}
					/>
				) : null}
				{containers.length > 1 ? (
					<Choice
						label="Container"
						of={containers.map((c) => c.name)}
						value={container?.name}
						onChange={setContainer}
					/>
				) : null}
				{restarts > 0 ? (
					<Checkbox
						size="xs"
						label="Before its last restart"
						checked={before}
						onChange={(event) => setBefore(event.currentTarget.checked)}
					/>
				) : null}
			</div>
			{container ? (
				<Lines
					of={{
						namespace: pod.metadata.namespace ?? "",
						pod: pod.metadata.name,
						container: container.name,
						previous: before && restarts > 0,
					}}
				/>
			) : null}
		</div>
	);
}
