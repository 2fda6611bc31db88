import { PageHead } from "../../ui/PageHead.tsx";

export function Settings() {
	return <PageHead title="Settings" name="Settings" />;
}
