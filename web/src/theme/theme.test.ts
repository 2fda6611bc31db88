import { expect, it } from "vitest";
import { storedThemeCss, themeCss } from "../../dev/theme-css.ts";

it("variables.css is what theme.ts says (npm run theme)", () => {
	expect(storedThemeCss()).toBe(themeCss());
});
