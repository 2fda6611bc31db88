import { IconUser, IconUsersGroup } from "@tabler/icons-react";
import type { AppProject } from "../../api/types.ts";
import { type RoleView, roleView } from "../../model/projects.ts";
import { Notice } from "../../ui/Notice.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import css from "./Projects.module.css";

function Role({ of }: { of: RoleView }) {
	const Icon = of.groups.length > 0 ? IconUsersGroup : IconUser;
	return (
		<li className={css.one} aria-label={of.name}>
			<div className={css.head}>
				<h2>{of.name}</h2>
				<span className="dim">{of.description}</span>
				<span className={css.aside}>
					<Icon size={14} stroke={1.5} aria-hidden /> {of.groups.join(", ") || "tokens only"}
				</span>
			</div>
			<ul className={css.patterns}>
				{of.may.map((text) => (
					<li key={text}>{text}</li>
				))}
				{of.wrong.map((text) => (
					<li key={text} data-denied>
						no policy: <code>{text}</code>
					</li>
				))}
			</ul>
		</li>
	);
}

/** Who may do what with its applications through Argo CD's API. */
export function Roles({ project }: { project: AppProject }) {
	const roles = (project.spec?.roles ?? []).map(roleView);
	if (roles.length === 0)
		return (
			<Notice title="No roles of its own">
				<p>
					Who may do what with its applications, roles of the platform say. A role of the project would give
					it to groups of people, and to tokens for scripts.
				</p>
			</Notice>
		);
	return (
		<Scroll narrow>
			<ul className={css.list} aria-label="Roles">
				{roles.map((role) => (
					<Role key={role.name} of={role} />
				))}
			</ul>
		</Scroll>
	);
}
