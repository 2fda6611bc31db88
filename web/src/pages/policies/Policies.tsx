import { PageHead } from "../../ui/PageHead.tsx";

export function Policies() {
	return <PageHead title="Policies" name="Policies" />;
}
