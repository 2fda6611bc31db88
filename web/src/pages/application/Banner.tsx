import type { Application } from "../../api/types.ts";
import { type BannerLine, bannerLines } from "../../model/banner.ts";
import { Said } from "../../ui/Said.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Banner.module.css";

/** One line on what is going on or wrong; nothing if all is well. */
export function Banner({ app }: { app: Application }) {
	return <Lines lines={bannerLines(app)} />;
}

export function Lines({ lines }: { lines: readonly BannerLine[] }) {
	if (lines.length === 0) return null;
	return (
		<div className={css.banner} role="status">
			{lines.map((line) => (
				<div key={line.text} className={css.line} data-state={line.state}>
					<StateIcon state={line.state} />
					<span>
						<Said text={line.text} />
					</span>
				</div>
			))}
		</div>
	);
}
