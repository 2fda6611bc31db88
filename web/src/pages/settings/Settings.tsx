import { KeyList } from "../../app/KeyList.tsx";
import { Card } from "../../ui/Card.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { TabBar, TabBody, TabRoot, useTab } from "../../ui/Tabs.tsx";
import { About } from "./About.tsx";
import { Sources } from "./Sources.tsx";

const tabs = [
	{ id: "sources", label: "Catalog sources" },
	{ id: "keys", label: "Keyboard" },
	{ id: "about", label: "About" },
];

export function Settings() {
	const [tab, setTab] = useTab(tabs);
	return (
		<TabRoot tab={tab} onTab={setTab}>
			<PageHead title="Settings" name="Settings">
				<TabBar tabs={tabs} label="Settings" />
			</PageHead>
			<TabBody tab={tab}>
				<Scroll narrow>
					{tab === "sources" ? <Sources /> : null}
					{tab === "keys" ? (
						<Card title="Keyboard">
							<KeyList />
						</Card>
					) : null}
					{tab === "about" ? <About /> : null}
				</Scroll>
			</TabBody>
		</TabRoot>
	);
}
