import { createSpotlight } from "@mantine/spotlight";

/** The search's own state, so that others can open it and choose in it. */
export const [searchStore, search] = createSpotlight();
