import { useEffect, useState } from "react";

/** Closed when it is mounted, then as asked: a dialog that is mounted open does not know to whom it gives the focus back. */
export function useOpened(opened: boolean): boolean {
	const [now, setNow] = useState(false);
	useEffect(() => setNow(opened), [opened]);
	return now;
}
