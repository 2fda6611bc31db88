import { PageHead } from "../../ui/PageHead.tsx";

export function ApplicationPage() {
	return <PageHead title="ApplicationPage" name="ApplicationPage" />;
}
