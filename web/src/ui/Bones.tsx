/** What stands in the place of what is still to come, of about its size. */
import { Skeleton } from "@mantine/core";
import css from "./Bones.module.css";
import { Card, Cards } from "./Card.tsx";

/** Lines of a card; `inset` where what is around has the padding. */
export function Bones({ lines = 3, inset }: { lines?: number; inset?: boolean }) {
	return (
		<div className={inset ? css.inset : css.lines} aria-hidden>
			{Array.from({ length: lines }, (_, at) => (
				<Skeleton key={at} height={12} width={`${88 - ((at * 23) % 40)}%`} radius="xs" />
			))}
		</div>
	);
}

/** A strip across the page. */
export function Strip() {
	return (
		<div className={css.strip} aria-hidden>
			<Skeleton height={74} radius="md" />
		</div>
	);
}

/** A page about one object: its head and its tabs, and cards or one body below. */
export function PageBones({ cards = 0 }: { cards?: number }) {
	return (
		<div role="status">
			<span className="pv-sr">Loading</span>
			<div className={css.head} aria-hidden>
				<Skeleton height={36} width={36} radius="md" />
				<div className={css.names}>
					<Skeleton height={18} width="14rem" radius="xs" />
					<Skeleton height={12} width="20rem" radius="xs" />
				</div>
			</div>
			<div className={css.tabs} aria-hidden>
				{[4, 5, 3].map((width) => (
					<Skeleton key={width} height={12} width={`${width}rem`} radius="xs" />
				))}
			</div>
			{cards > 0 ? (
				<Cards>
					{Array.from({ length: cards }, (_, at) => (
						<Card key={at} title="&nbsp;">
							<Bones lines={3 + (at % 2)} />
						</Card>
					))}
				</Cards>
			) : null}
		</div>
	);
}
