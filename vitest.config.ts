import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["**/*.test.ts"],
		// The example is run, in a folder of its own, by test/vitest-example.test.ts.
		exclude: ["node_modules/**", "dist/**", "runs/**", "examples/vitest/**"],
		// Two cores: real processes, proxies and browsers run beside the tests.
		maxWorkers: 2,
		testTimeout: 20_000,
		hookTimeout: 30_000,
	},
});
