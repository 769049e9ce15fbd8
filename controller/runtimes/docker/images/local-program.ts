/**
 * Programs of this machine as images, where no registry is at hand: only when the engine runs Linux on the same processor
 * as this machine. The tar is written by `docker/program-tar.sh`, which the scripts of that folder use as well.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type Docker from "dockerode";
import { packageRoot } from "../../../../nodes/sdk/built-entry.ts";
import { findImage, importImage, type LocalImage } from "./build.ts";
import { within } from "./engine-call.ts";

const VERSION_TIMEOUT_MS = 10_000;
const LIST_TIMEOUT_MS = 10_000;
const SHOWN_BYTES = 2_000;
const SOURCE_LABEL = "dev.pakka.source";
const ENGINE_PROCESSORS: Record<string, string> = { x64: "amd64", arm64: "arm64", arm: "arm" };
/** What `program-tar.sh` makes relies on nothing else of the environment. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @returns null when they can; otherwise why not, for a message */
export async function whyNotLocal(docker: Docker, signal?: AbortSignal): Promise<string | null> {
	if (process.platform !== "linux")
		return "programs of this machine run on Linux only when it is Linux itself";
	const { Os, Arch } = await within("tell its version", VERSION_TIMEOUT_MS, signal, () => docker.version());
	const here = ENGINE_PROCESSORS[process.arch] ?? process.arch;
	if (Os === "linux" && Arch === here) return null;
	return `the engine runs ${Os} on ${Arch}, this machine linux on ${here}`;
}

export interface ImportOptions {
	name: string;
	/** Absolute paths. */
	programs: readonly string[];
	/** `base`, `toxiproxy`: for the image's label. */
	kind: string;
	changes: string[];
	signal?: AbortSignal | undefined;
}

/** Makes the image unless it is there, made from the very same programs. */
export async function importProgram(
	docker: Docker,
	{ name, programs, kind, changes, signal }: ImportOptions,
): Promise<LocalImage & { made: boolean }> {
	const source = await fingerprintOf(programs);
	const found = await findImage(docker, name, signal);
	if (found?.labels[SOURCE_LABEL] === source) return { ...found, made: false };
	const script = spawn("bash", [join(packageRoot(), "docker/program-tar.sh"), ...programs], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let complaint = "";
	script.stderr.on("data", (chunk: Buffer) => {
		complaint = (complaint + chunk.toString()).slice(-SHOWN_BYTES);
	});
	const ended = once(script, "close") as Promise<[number | null]>;
	try {
		const image = await importImage(docker, {
			name,
			tar: script.stdout,
			changes: [
				`ENV PATH=${SYSTEM_PATH}`,
				...changes,
				`LABEL dev.pakka.image=${kind} ${SOURCE_LABEL}=${source}`,
			],
			signal,
		});
		const [code] = await ended;
		if (code !== 0) {
			// The engine took half a tar for a whole one.
			await within(`remove the image ${name}`, LIST_TIMEOUT_MS, undefined, () =>
				docker.getImage(name).remove({ force: true }),
			);
			throw new Error(`it ended with exit code ${code}`);
		}
		await removeReplaced(docker, kind, signal);
		return { ...image, made: true };
	} catch (error) {
		script.kill();
		await ended.catch(() => undefined);
		const why = error instanceof Error ? error.message : String(error);
		throw new Error(
			`no image could be made of ${programs.join(", ")}: ${why}${complaint && `; it printed: ${complaint}`}`,
			{
				cause: error,
			},
		);
	}
}

/** What lost its name to the new image, also to one that another run made at the same time. Those in use stay. */
async function removeReplaced(docker: Docker, kind: string, signal: AbortSignal | undefined): Promise<void> {
	const filters = { dangling: ["true"], label: [`dev.pakka.image=${kind}`] };
	const replaced = await within("list images", LIST_TIMEOUT_MS, signal, () => docker.listImages({ filters }));
	await Promise.allSettled(
		replaced.map(({ Id }) =>
			within(`remove the image ${Id}`, LIST_TIMEOUT_MS, signal, () => docker.getImage(Id).remove()),
		),
	);
}

/** As the scripts of `docker/` write it. Not of the content: a hundred megabytes would be read at every run. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
	const found = await Promise.all(paths.map((path) => stat(path)));
	return found.map(({ size, mtimeMs }) => `${size}-${Math.floor(mtimeMs / 1000)}`).join(".");
}

/** @returns its absolute path; null where there is none */
export function findOnPath(program: string, path = process.env["PATH"] ?? ""): string | null {
	for (const folder of path.split(delimiter).filter((entry) => entry.startsWith("/"))) {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return join(folder, program);
		} catch {
			// Not in this folder.
		}
	}
	return null;
}
