import { Code } from "@mantine/core";
import { Copy } from "../../ui/Copy.tsx";
import css from "./Home.module.css";

const steps: { title: string; text: string; command: string }[] = [
	{
		title: "Fill the catalog",
		text: "Point Pave at a Git repository with catalog-info.yaml files.",
		command: "kubectl apply -f catalog-source.yaml",
	},
	{
		title: "Deploy from Git",
		text: "Apply an Argo CD Application; its objects appear and stay as Git says.",
		command: "kubectl apply -f application.yaml",
	},
	{
		title: "Load a policy",
		text: "Rego in a labelled ConfigMap; audit first, then warn, then deny.",
		command: "kubectl apply -f policies.yaml",
	},
];

export function FirstSteps() {
	return (
		<ol className={css.steps} aria-label="First steps">
			{steps.map((step, at) => (
				<li key={step.title}>
					<span className={css.stepNumber}>{at + 1}</span>
					<h2>{step.title}</h2>
					<p className="dim">{step.text}</p>
					<div className={css.command}>
						<Code>{step.command}</Code>
						<Copy text={step.command} label="Copy command" />
					</div>
				</li>
			))}
		</ol>
	);
}
