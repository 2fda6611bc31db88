import { PageHead } from "../../ui/PageHead.tsx";

export function Home() {
	return <PageHead title="Home" name="Home" />;
}
