import { useMemo } from "react";
import { resources, streamId } from "../../api/resources.ts";
import type { Application, Obj, Ref } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { useLive, useStreams } from "../../live/hooks.ts";
import { type Link, namespaceMakers, ownerChain } from "../../model/chain.ts";
import { listText } from "../../model/text.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
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

function withoutOwner(object: Obj, apps: Snapshot<Application>): string {
	const makers = namespaceMakers(object, apps.items).map((app) => app.metadata.name);
	if (makers.length > 0) return `Made for one of the applications that go into it: ${listText(makers)}.`;
	if (apps.state !== "live" || apps.namespaces)
		return "It names no owner, and no application that you may read has it.";
	return "Nobody owns it: it was created by hand, or by something that leaves no mark.";
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
	if (chain.length === 1) return <p className="dim">{withoutOwner(object, apps)}</p>;
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
