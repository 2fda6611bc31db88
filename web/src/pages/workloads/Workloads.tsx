import { PageHead } from "../../ui/PageHead.tsx";

export function Workloads() {
	return <PageHead title="Workloads" name="Workloads" />;
}
