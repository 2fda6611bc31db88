import type { ApplicationSet } from "../../api/types.ts";
import { appHref } from "../../model/links.ts";
import { inNoStep, type Step, stepState, stepsOf } from "../../model/sets.ts";
import { plural } from "../../model/text.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { StateIcon, StateText } from "../../ui/StateIcon.tsx";
import css from "./Sets.module.css";

interface RowsProps {
	of: Step["applications"];
	namespace: string | undefined;
}

function Rows({ of, namespace }: RowsProps) {
	return (
		<ul className={css.rows}>
			{of.map((one) => (
				<li key={one.application}>
					<StateText state={stepState(one.status)}>{one.status}</StateText>
					<Go href={appHref(namespace, one.application ?? "")}>{one.application}</Go>
					<span className="small dim">{one.message}</span>
					<span className="small dim">
						<Ago at={one.lastTransitionTime} />
					</span>
				</li>
			))}
		</ul>
	);
}

function stateOf(step: Step) {
	if (step.applications.length === step.done) return "ok";
	return step.current ? "progress" : "unknown";
}

/** A rolling sync: a step is synced when those of the steps before it are healthy. */
export function Steps({ set }: { set: ApplicationSet }) {
	const none = inNoStep(set);
	const { namespace } = set.metadata;
	return (
		<Scroll narrow>
			<ol className={css.steps} aria-label="Steps">
				{stepsOf(set).map((step) => (
					<li key={step.number} className={css.step} aria-current={step.current ? "step" : undefined}>
						<div className={css.head}>
							<StateIcon state={stateOf(step)} />
							<h2>Step {step.number}</h2>
							<span className="dim">{step.which}</span>
							<span className={css.count}>
								{step.applications.length === 0
									? "no application is in it"
									: `${step.done} of ${plural(step.applications.length, "application")} done, ${step.most}`}
							</span>
						</div>
						<Rows of={step.applications} namespace={namespace} />
					</li>
				))}
				{none.length > 0 ? (
					<li className={css.step}>
						<div className={css.head}>
							<StateIcon state="warn" />
							<h2>In no step</h2>
							<span className="dim">no step's labels fit, so nothing syncs them</span>
						</div>
						<Rows of={none} namespace={namespace} />
					</li>
				) : null}
			</ol>
		</Scroll>
	);
}
