import { Fragment, useMemo } from "react";
import { resources, streamId } from "../../api/resources.ts";
import type { Application, Obj, Ref } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { useLive, useStreams } from "../../live/hooks.ts";
import { type Link, namespaceMakers, ownerChain } from "../../model/chain.ts";
import { appHref } from "../../model/links.ts";
import { Go, ObjectLink } from "../../ui/Anchor.tsx";
import { Bones } from "../../ui/Bones.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import css from "./OwnerChain.module.css";

const parents = [
	resources.replicaSets,
	resources.deployments,
	resources.jobs,
	resources.statefulSets,
	resources.cronJobs,
	resources.daemonSets,
].map(streamId);

function Step({ link, unread }: { link: Link; unread: boolean }) {
	return (
		<li className={css.step}>
			<KindIcon kind={link.ref.kind} />
			{link.here ? (
				<strong>{link.ref.name}</strong>
			) : (
				<ObjectLink target={link.ref as Ref}>{link.ref.name}</ObjectLink>
			)}
			<span className="small dim">
				{link.ref.kind}
				{unread ? ` in ${link.ref.namespace}, which you may not read` : ""}
			</span>
		</li>
	);
}

function WithoutOwner({ object, apps }: { object: Obj; apps: Snapshot<Application> }) {
	const makers = namespaceMakers(object, apps.items);
	if (makers.length > 0)
		return (
			<p className="dim">
				Nobody owns it. If it was not there,{" "}
				{makers.map(({ metadata }, at) => (
					<Fragment key={`${metadata.namespace}/${metadata.name}`}>
						{at > 0 ? " or " : ""}
						<Go href={appHref(metadata.namespace, metadata.name)}>{metadata.name}</Go>
					</Fragment>
				))}{" "}
				made it: it deploys into it with <code>CreateNamespace=true</code>.
			</p>
		);
	return (
		<p className="dim">
			{apps.state !== "live" || apps.namespaces
				? "It names no owner, and no application that you may read has it."
				: "Nobody owns it: it was created by hand, or by something that leaves no mark."}
		</p>
	);
}

/** From the application in Git down to this object. */
export function OwnerChain({ object }: { object: Obj }) {
	const apps = useLive<Application>("applications");
	const snapshots = useStreams(parents);
	const chain = useMemo(
		() =>
			ownerChain(
				object,
				snapshots.flatMap((s) => s.items),
				apps.items,
			),
		[object, snapshots, apps],
	);
	if ([apps, ...snapshots].some((s) => s.state === "loading")) return <Bones inset lines={2} />;
	if (chain.length === 1) return <WithoutOwner object={object} apps={apps} />;
	const reads = (namespace = "") => apps.state === "live" && (apps.namespaces?.includes(namespace) ?? true);
	return (
		<ol className={css.chain}>
			{chain.map((link) => (
				<Step
					key={`${link.ref.kind}/${link.ref.name}`}
					link={link}
					unread={link.unread === true && !reads(link.ref.namespace)}
				/>
			))}
		</ol>
	);
}
