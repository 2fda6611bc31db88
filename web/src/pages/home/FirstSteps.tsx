import { Go } from "../../ui/Anchor.tsx";
import css from "./Home.module.css";

const steps: { title: string; text: string; page: string }[] = [
	{
		title: "Fill the catalog",
		text: "Point Pave at a Git repository with catalog-info.yaml files.",
		page: "/catalog",
	},
	{
		title: "Deploy from Git",
		text: "Apply an Argo CD Application; its objects appear and stay as Git says.",
		page: "/applications",
	},
	{
		title: "Load a policy",
		text: "Rego in a labelled ConfigMap; audit first, then warn, then deny.",
		page: "/policies",
	},
];

/** The pages they lead to have the whole command to copy. */
export function FirstSteps() {
	return (
		<ol className={css.steps} aria-label="First steps">
			{steps.map((step, at) => (
				<li key={step.title}>
					<span className={css.stepNumber}>{at + 1}</span>
					<h2>{step.title}</h2>
					<p className="dim">{step.text}</p>
					<Go href={step.page} className={css.lead}>
						Show me the command
					</Go>
				</li>
			))}
		</ol>
	);
}
