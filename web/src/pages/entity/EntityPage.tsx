import { PageHead } from "../../ui/PageHead.tsx";

export function EntityPage() {
	return <PageHead title="EntityPage" name="EntityPage" />;
}
