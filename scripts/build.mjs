/**
 * Builds `dist/`: the compiled package, and the page that reports are made from.
 * Plain JavaScript, as it runs before anything has been compiled.
 *
 * Several builds may run at once (a test beside `npm start`), so `dist/` is never removed first; a file that is
 * compiled no more is deleted at the end.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");

run("typescript/bin/tsc", "-p", "tsconfig.build.json");
run("vite/bin/vite.js", "build", "--config", "reports/page/vite.config.ts", "--logLevel", "warn");

await chmod(join(dist, "cli/main.js"), 0o755);
await copyContracts();
await removeStale();

function run(program, ...args) {
	execFileSync(process.execPath, [join(root, "node_modules", program), ...args], {
		cwd: root,
		stdio: "inherit",
	});
}

/** Compiled here if there is a compiler, which is optional; else where they are run. */
async function copyContracts() {
	const folder = "nodes/systems/portfolio/solidity";
	const compiler = await import(pathToFileURL(join(dist, folder, "compile.js")).href);
	for (const file of await readdir(join(root, folder))) {
		if (!file.endsWith(".sol")) continue;
		await copyFile(join(root, folder, file), join(dist, folder, file));
		if (existsSync(join(root, "node_modules/solc"))) await compiler.keepCompiled(basename(file, ".sol"));
	}
}

/** A compiled file whose source is gone would otherwise go on working here and be shipped. */
async function removeStale() {
	for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		const compiled = join(entry.parentPath ?? entry.path, entry.name);
		const source = relative(dist, compiled).replace(/(\.d\.ts|\.js\.map|\.js)$/, ".ts");
		if (source.endsWith(".ts") && !existsSync(join(root, source))) await rm(compiled);
	}
}
