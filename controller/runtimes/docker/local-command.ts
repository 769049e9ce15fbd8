/**
 * A program of this machine as a container: `replicas.command`, for which no image is named. The image holds the program itself and
 * those that the scenario requires, with their libraries; files that the command names are carried in a volume, so that an
 * edit makes no new image. What a program opens or starts besides is not seen, and it says itself then what it misses.
 */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import type Docker from "dockerode";
import type { Json } from "../../../history/events.ts";
import { filesBelow } from "./images/context.ts";
import { findOnPath, fingerprintOf, importProgram, whyNotLocal } from "./images/local-program.ts";
import {
	COMMAND_KIND,
	COMMAND_REPOSITORY,
	COMMANDS_KEPT_AFTER_IMPORT,
	removeOldCommands,
} from "./images/old-images.ts";
import { findPackages } from "./images/packages.ts";
import { collectModule, MAX_CODE_BYTES, MAX_FILES } from "./module-code.ts";

const SCRIPTS = /^\.[cm]?[jt]s$/;
const LEFT_OUT_FOLDERS = new Set(["node_modules", "__pycache__", "venv", ".venv", ".git"]);

export interface ContainedCommand {
	image: string;
	/** As it is in the container, the program first. */
	argv: string[];
	/** By path below `codePath`. */
	files: Map<string, Buffer>;
}

export interface CommandOptions {
	argv: readonly string[];
	/** What starts that program, where it is not the replica itself: absolute paths, and what comes before its arguments. */
	launcher?: readonly string[];
	/** Of the scenario: relative paths begin there. */
	folder: string;
	/** Other programs that it starts, by name. */
	requires: readonly string[];
	/** In the container, where its files are seen. */
	codePath: string;
	user: string;
	note: (what: string, detail?: Json) => void;
	signal?: AbortSignal | undefined;
}

/** @throws Error when this machine's programs don't run in that engine, or one of them is not here */
export async function containCommand(docker: Docker, options: CommandOptions): Promise<ContainedCommand> {
	const { argv, folder, launcher = [], requires, signal } = options;
	const whyNot = await whyNotLocal(docker, signal);
	if (whyNot !== null) throw new Error(`replicas.command: ${cantBeContained(whyNot)}`);
	const own = findProgram(argv[0] ?? "", folder);
	const first = launcher[0] ?? own;
	const programs = [...new Set([first, own, ...requires.map((name) => findProgram(name, "/"))])];
	const image = await imageOf(docker, programs, options);
	const files = new Map<string, Buffer>();
	const args = [...launcher.slice(1), ...(launcher.length > 0 ? [own] : []), ...argv.slice(1)];
	const contained: string[] = [];
	for (const [index, argument] of args.entries()) {
		contained.push(argument === own ? own : await carry(argument, index + 1, options, files));
	}
	return { image, argv: [first, ...contained], files };
}

/** @returns the argument, as it is in the container; where it names a file, that is in `files` then */
async function carry(
	argument: string,
	number: number,
	{ folder, codePath }: CommandOptions,
	files: Map<string, Buffer>,
): Promise<string> {
	const file = resolve(folder, argument);
	if (!existsSync(file) || !statSync(file).isFile()) return argument;
	const { entry, found } = await codeOf(file);
	for (const [name, content] of found) files.set(`${number}/${name}`, content);
	return `${codePath}/${number}/${entry}`;
}

export function cantBeContained(why: string): string {
	return `a command becomes a container only where the engine can run this machine's programs: ${why}. Put the program into an image and name that in replicas.image, or use --runtime process`;
}

function findProgram(program: string, folder: string): string {
	const path = program.includes("/") ? resolve(folder, program) : findOnPath(program);
	if (path === null || !existsSync(path)) throw new Error(`replicas.command: no program '${program}'`);
	return path;
}

/** Named by its programs, so that none ever takes the name of another that is in use. */
async function imageOf(
	docker: Docker,
	programs: readonly string[],
	{ user, note, signal }: CommandOptions,
): Promise<string> {
	const content = JSON.stringify([programs, await fingerprintOf(programs)]);
	const name = `${COMMAND_REPOSITORY}:${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
	const changes = [
		`USER ${user}`,
		"ENV HOME=/tmp",
		"WORKDIR /data",
		`CMD ${JSON.stringify(programs.slice(0, 1))}`,
	];
	const { made } = await importProgram(docker, { name, programs, kind: COMMAND_KIND, changes, signal });
	if (made) {
		note("image imported", { image: name, programs: [...programs] });
		await removeOldCommands(docker, COMMANDS_KEPT_AFTER_IMPORT, signal);
	}
	return name;
}

/** A script with what it imports, as far as that can be read from it: for Node by its import statements, for Python its folder. */
async function codeOf(file: string): Promise<{ entry: string; found: Map<string, Buffer> }> {
	if (SCRIPTS.test(extname(file))) return codeOfNode(file);
	const entry = basename(file);
	if (extname(file) !== ".py") return { entry, found: new Map([[entry, await readFile(file)]]) };
	return { entry, found: await pythonBelow(dirname(file)) };
}

async function codeOfNode(file: string): Promise<{ entry: string; found: Map<string, Buffer> }> {
	const { files, entry, packages, folder, importsPakka } = await collectModule(file);
	const found = new Map(files);
	const needed = importsPakka ? [...packages, "pakka"] : packages;
	for (const { folder: from, target } of await findPackages([{ names: needed, from: dirname(file) }])) {
		for (const { path, content } of filesBelow(from, target)) found.set(path, content);
	}
	// Says how Node is to read the files.
	const manifest = await nearestManifest(folder);
	if (manifest !== null && !found.has("package.json")) found.set("package.json", manifest);
	return { entry, found };
}

async function nearestManifest(folder: string): Promise<Buffer | null> {
	for (let at = folder; ; at = dirname(at)) {
		const file = join(at, "package.json");
		if (existsSync(file)) return readFile(file);
		if (dirname(at) === at) return null;
	}
}

/** @throws Error when that is more than a program should have */
async function pythonBelow(folder: string): Promise<Map<string, Buffer>> {
	const found = new Map<string, Buffer>();
	let sizeBytes = 0;
	const waiting = [folder];
	for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
		for (const entry of await readdir(at, { withFileTypes: true })) {
			const path = join(at, entry.name);
			if (entry.isDirectory() && !LEFT_OUT_FOLDERS.has(entry.name)) waiting.push(path);
			if (!entry.isFile() || extname(path) !== ".py") continue;
			const content = await readFile(path);
			sizeBytes += content.length;
			found.set(relative(folder, path).split(sep).join("/"), content);
			if (found.size <= MAX_FILES && sizeBytes <= MAX_CODE_BYTES) continue;
			throw new Error(
				`replicas.command: below ${folder} are more than ${MAX_FILES} Python files or ${MAX_CODE_BYTES} bytes of them; build an image of the program and name that in replicas.image`,
			);
		}
	}
	return found;
}
