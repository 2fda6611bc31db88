import "@mantine/spotlight/styles.layer.css";
import { Spotlight, useSpotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { forSearch } from "./lazy.tsx";
import { SearchResults } from "./SearchResults.tsx";
import { giveBack, searchStore } from "./searchStore.ts";

/** Global search: entities, applications, workloads and pages, from what is live. */
export function Search() {
	const [query, setQuery] = useState("");
	// Of the store: it may have been opened before this was there.
	const { opened } = useSpotlight(searchStore);
	return (
		<Spotlight.Root
			store={searchStore}
			query={query}
			onQueryChange={setQuery}
			shortcut={null}
			clearQueryOnClose
			onSpotlightClose={giveBack}
			lockScroll={false}
			// Gone at once: the next key is for the page.
			transitionProps={{ duration: 0 }}
			overlayProps={{ backgroundOpacity: 0.3, blur: 0 }}
			attributes={{ content: { "aria-label": "Search" } }}
			scrollable
			maxHeight="min(60vh, 32rem)"
			size="40rem"
		>
			<Spotlight.Search
				placeholder="Search services, applications, workloads, commands"
				aria-label="Search"
				onFocus={() => {
					const typed = forSearch.take();
					if (typed) setQuery((before) => before + typed);
				}}
				leftSection={<IconSearch size={16} stroke={1.75} />}
			/>
			{opened ? <SearchResults query={query} /> : null}
		</Spotlight.Root>
	);
}
