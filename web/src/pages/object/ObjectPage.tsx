import { PageHead } from "../../ui/PageHead.tsx";

export function ObjectPage() {
	return <PageHead title="ObjectPage" name="ObjectPage" />;
}
