import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const target = process.env.PAVE_URL ?? "http://127.0.0.1:8099";

export default defineConfig({
	plugins: [react()],
	build: {
		outDir: "dist",
		// The page's policy allows no inline script, style or data: URL.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		sourcemap: false,
		reportCompressedSize: false,
		chunkSizeWarningLimit: 2500,
	},
	server: {
		port: 5173,
		proxy: Object.fromEntries(
			["/api", "/apis", "/portal", "/readyz", "/version"].map((path) => [path, { target, secure: false }]),
		),
	},
	test: { include: ["src/**/*.test.{ts,tsx}", "dev/**/*.test.ts"], environment: "node" },
});
