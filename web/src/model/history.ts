/** What was deployed one after another, in words. */
import type { Deployment } from "../api/history.ts";
import type { Application } from "../api/types.ts";
import { plural } from "./text.ts";
import { instant, span } from "./time.ts";

/** "2 files, 3 commits": since the deployment before; "" if that is not known. */
export function changeText(of: Deployment | undefined): string {
	if (!of?.files) return "";
	const count = of.files.length;
	const some = of.moreFiles
		? `more than ${plural(count, "file")} changed`
		: `${plural(count, "file")} changed`;
	const files = count === 0 ? (of.moreFiles ? "files changed" : "no file of it changed") : some;
	if (of.back) return `${plural(of.back, "commit")} back, ${files}`;
	return of.commits ? `${plural(of.commits, "commit")}, ${files}` : files;
}

/** How long it took from the commit to here; "" where it went back, or the clocks disagree. */
export function leadTime(of: Deployment | undefined, deployedAt: string | undefined): string {
	const [from, to] = [instant(of?.date), instant(deployedAt)];
	if (from === undefined || to === undefined || of?.back) return "";
	return to - from < 1000 ? "" : span(to - from);
}

/** Why nothing can be rolled back, what to do about it; "" if it can. */
export function noWayBack(app: Application, mayChange: boolean): string {
	const policy = app.spec?.syncPolicy?.automated;
	if (!mayChange) return "You have no right to change this application, so you cannot roll it back.";
	if (policy && policy.enabled !== false)
		return "Rolling back is off while sync is automated: the newest commit would be deployed again at once. Revert the commit in Git, or take syncPolicy.automated out of the application first.";
	return "";
}
