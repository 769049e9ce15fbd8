/** Builds the page into one file, `dist/reports/page.html`: the template into which `write-report.ts` puts a run. */
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
	root: here,
	plugins: [viteSingleFile({ removeViteModuleLoader: true }), named("page.html")],
	oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
	build: {
		outDir: fileURLToPath(new URL("../../dist/reports", import.meta.url)),
		emptyOutDir: false,
		modulePreload: false,
		target: "es2022",
	},
});

/** `page.html` instead of `index.html`: the folder holds compiled modules too. */
function named(fileName: string): Plugin {
	return {
		name: "pakka-page-name",
		enforce: "post",
		generateBundle(_options, bundle) {
			const page = bundle["index.html"];
			if (page !== undefined) page.fileName = fileName;
		},
	};
}
