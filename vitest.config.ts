import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["**/*.test.ts"],
		exclude: ["node_modules/**", "dist/**", "runs/**"],
		// Two cores: real processes, proxies and browsers run beside the tests.
		maxWorkers: 2,
		testTimeout: 20_000,
		hookTimeout: 30_000,
	},
});
