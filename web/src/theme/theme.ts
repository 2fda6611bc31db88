import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent: an indigo that stays AA on white (step 7) and on near-black (step 3). */
const accent: MantineColorsTuple = [
	"#eef0fe",
	"#dcdffb",
	"#b8bef5",
	"#969ff0",
	"#7580ea",
	"#5f6be3",
	"#4f5bdb",
	"#434ec4",
	"#3843a6",
	"#2c3584",
];

const text =
	'-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, Ubuntu, Cantarell, "Noto Sans", "Liberation Sans", system-ui, sans-serif';
const mono =
	'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Roboto Mono", "DejaVu Sans Mono", "Liberation Mono", monospace';

const quick = { duration: 120, transition: "fade" as const };

/** lockScroll adds a <style> element at run time, which our Content-Security-Policy refuses. */
const overlay = {
	lockScroll: false,
	transitionProps: quick,
	overlayProps: { backgroundOpacity: 0.3 },
	closeButtonProps: { "aria-label": "Close" },
	// Its <header> would be heard as the page's own.
	attributes: { header: { role: "none" } },
};

export const theme = createTheme({
	primaryColor: "accent",
	primaryShade: { light: 7, dark: 6 },
	colors: { accent },
	fontFamily: text,
	fontFamilyMonospace: mono,
	headings: {
		fontFamily: text,
		fontWeight: "600",
		sizes: {
			h1: { fontSize: "1.25rem", lineHeight: "1.75rem" },
			h2: { fontSize: "1rem", lineHeight: "1.5rem" },
			h3: { fontSize: "0.875rem", lineHeight: "1.25rem" },
		},
	},
	fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
	spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
	radius: { xs: "0.25rem", sm: "0.375rem", md: "0.5rem", lg: "0.75rem", xl: "1rem" },
	defaultRadius: "sm",
	cursorType: "pointer",
	respectReducedMotion: true,
	// Plain objects: what .extend() would return, without loading the components themselves.
	components: {
		Button: { defaultProps: { size: "xs", fw: 500 } },
		Badge: { defaultProps: { variant: "default", tt: "none", fw: 500, radius: "xs" } },
		Menu: { defaultProps: { transitionProps: quick, shadow: "sm" } },
		Popover: { defaultProps: { transitionProps: quick, shadow: "sm" } },
		Modal: { defaultProps: { ...overlay, centered: true } },
		Drawer: { defaultProps: overlay },
		Tabs: { defaultProps: { keepMounted: false } },
	},
});
