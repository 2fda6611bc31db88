import { PageHead } from "../../ui/PageHead.tsx";

export function Applications() {
	return <PageHead title="Applications" name="Applications" />;
}
