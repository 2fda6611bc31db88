import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Application, Obj, PathDiff } from "../../api/types.ts";
import { changeOf, pendingChanges, whyQuery } from "../../api/why.ts";
import { applyDiff } from "../../model/path.ts";
import type { TreeNode } from "../../model/tree.ts";
import { Yaml } from "../../ui/code/Code.tsx";
import { DiffList } from "../../ui/DiffList.tsx";
import { Notice } from "../../ui/Notice.tsx";
import css from "./NodePanel.module.css";

export interface NodeDiffProps {
	node: TreeNode;
	app: Application;
	appPath: string;
	object: Obj | undefined;
}

function Fields({ diff, object }: { diff: readonly PathDiff[]; object: Obj | undefined }) {
	const [look, setLook] = useState("fields");
	const wanted = useMemo(() => (object ? applyDiff(object, diff) : undefined), [object, diff]);
	return (
		<div className={css.diff}>
			{object ? (
				<SegmentedControl
					size="xs"
					value={look}
					onChange={setLook}
					data={[
						{ value: "fields", label: "Fields" },
						{ value: "yaml", label: "YAML" },
					]}
					aria-label="Look"
				/>
			) : null}
			{look === "fields" ? (
				<DiffList diff={diff} from="in the cluster" to="in Git" />
			) : (
				<Yaml object={wanted} original={object} label="Live against Git" />
			)}
		</div>
	);
}

/** How one object differs from what Git says. */
export function NodeDiff({ node, app, appPath, object }: NodeDiffProps) {
	const { data: why } = useQuery(whyQuery(appPath, app.metadata.resourceVersion));
	const change = changeOf(pendingChanges(why), node.ref);
	if (change?.action === "delete") return <p>Git no longer has this object. A sync with prune deletes it.</p>;
	if (change?.action === "create")
		return <p>Git has this object and the cluster does not. A sync creates it.</p>;
	if (change?.diff && change.diff.length > 0) return <Fields diff={change.diff} object={object} />;
	const same = node.sync === undefined || node.sync === "Synced";
	return (
		<Notice compact title={same ? "As Git says" : "The difference is not known yet"}>
			<p>
				{node.sync === undefined
					? "Made by its parent, not declared in Git."
					: "Fields that controllers fill in are left out."}
			</p>
		</Notice>
	);
}
