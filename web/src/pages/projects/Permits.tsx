import type { AppProject } from "../../api/types.ts";
import { destinationTexts, kindsPermitted } from "../../model/projects.ts";
import { Card, Cards, Facts } from "../../ui/Card.tsx";
import css from "./Projects.module.css";

interface PatternsProps {
	of: readonly string[];
	none: string;
	code?: boolean;
}

/** What begins with "!" is left out of what the others permit. */
function Patterns({ of, none, code }: PatternsProps) {
	if (of.length === 0) return <p className="dim">{none}</p>;
	return (
		<ul className={css.patterns}>
			{of.map((one) => {
				const denied = one.startsWith("!");
				const text = denied ? one.slice(1) : one;
				return (
					<li key={one} data-denied={denied || undefined}>
						{denied ? "not " : ""}
						{code ? <code>{text}</code> : text}
					</li>
				);
			})}
		</ul>
	);
}

/** What may be deployed, from where and to where. */
export function Permits({ project }: { project: AppProject }) {
	const { sourceRepos = [], sourceNamespaces = [], orphanedResources } = project.spec ?? {};
	const orphans = orphanedResources?.warn === false ? "shown" : "warned of";
	return (
		<Cards>
			<Card title="From these repositories" aside={sourceRepos.length || null}>
				<Patterns of={sourceRepos} none="None: nothing can be deployed." code />
			</Card>
			<Card title="To these places" aside={project.spec?.destinations?.length || null}>
				<Patterns of={destinationTexts(project)} none="None: nothing can be deployed." />
			</Card>
			<Card title="What">
				<Facts
					facts={[
						...kindsPermitted(project),
						["Objects nobody declared", orphanedResources ? orphans : "not looked for"],
					]}
				/>
			</Card>
			<Card title="Applications may lie in" aside={sourceNamespaces.length || null}>
				<Patterns of={sourceNamespaces} none={`Namespace ${project.metadata.namespace} only.`} code />
			</Card>
		</Cards>
	);
}
