/**
 * The images that the docker runtime starts containers of: Pakka's own (built-in types, SDK modules, the embedded
 * Toxiproxy) and Toxiproxy's. Each is made when it is missing, through the engine's API: no docker program, no
 * bind mounts, nothing pulled. A name is made from the content, so a changed `dist/` is another image, and an unchanged
 * one costs one question to the engine.
 *
 * Images stay when a run ends: that is their use. They carry the label `dev.pakka.image`; a new one takes the place of the oldest of
 * its kind.
 */
import { join } from "node:path";
import type Docker from "dockerode";
import type { Json } from "../../../history/events.ts";
import { builtEntry, packageRoot } from "../../../nodes/sdk/built-entry.ts";
import { chooseBase } from "./images/base.ts";
import { buildImage, findImage } from "./images/build.ts";
import { type ContextFile, contentHash, filesBelow, readContextFile } from "./images/context.ts";
import { findOnPath, importProgram, whyNotLocal } from "./images/local-program.ts";
import { IMAGE_LABEL, KEPT_AFTER_BUILD, NODE_REPOSITORY, removeOldImages } from "./images/old-images.ts";
import { findPackages, NODE_PACKAGES } from "./images/packages.ts";

export interface ImageOptions {
	/** Told what was made, and of what. */
	note: (what: string, detail?: Json) => void;
	signal?: AbortSignal | undefined;
	/** By default this process' own; looked at for PAKKA_BASE_IMAGE, PAKKA_TOXIPROXY_IMAGE, PAKKA_TOXIPROXY and PATH. */
	env?: Record<string, string | undefined>;
	/** Installed packages that replicas import besides Pakka's own, e.g. `loro-crdt`. */
	packages?: readonly string[];
	/** The folder that these are looked for from; by default Pakka's own. */
	packagesFrom?: string;
}

export interface PakkaImage {
	/** What a container is created of. */
	image: string;
	built: boolean;
	/** To start a replica: append `--type NAME` or `--module FILE`. */
	hostCommand: string[];
	/** To start the embedded Toxiproxy: append `--host` and `--port`. */
	toxiproxyCommand: string[];
}

export interface ToxiproxyImage {
	image: string;
	/** `image`: the one that was named or fetched · `binary`: around this machine's program · `embedded`: Pakka's own. */
	kind: "image" | "binary" | "embedded";
	/** Replaces what the image runs by itself: everything but the program, with which each of these begins. */
	entrypoint: string[];
	/** Serves the HTTP API on all interfaces of the container, on this port. */
	command: string[];
	port: number;
}

export const TOXIPROXY_VERSION = "2.12.0";
const OFFICIAL_TOXIPROXY = `ghcr.io/shopify/toxiproxy:${TOXIPROXY_VERSION}`;
const TOXIPROXY_PROGRAM = "toxiproxy-server";
const TOXIPROXY_PORT = 8474;
const IN_IMAGE = "/opt/pakka";
/** The owner of nothing on the host. In the images of `docker/`, /data is this user's. */
export const NODE_USER = "10001:10001";
/** The rooms that run in a container. */
const ROOMS = ["nodes", "toxiproxy"];

/** @throws Error when there is no base image, the project is not built, or the engine fails or takes too long */
export async function ensureImage(docker: Docker, options: ImageOptions): Promise<PakkaImage> {
	const { note, signal, env = process.env } = options;
	const [base, files] = await Promise.all([chooseBase(docker, { env, note, signal }), nodeFiles(options)]);
	const image = `${NODE_REPOSITORY}:${contentHash(files, base.id)}`;
	const built = (await findImage(docker, image, signal)) === null;
	if (built) {
		await buildImage(docker, {
			name: image,
			files,
			buildArguments: { BASE_IMAGE: base.name },
			labels: { [IMAGE_LABEL]: "node" },
			signal,
		});
		note("image built", { image, base: base.name, files: files.length });
		await removeOldImages(docker, KEPT_AFTER_BUILD, { signal });
	}
	return {
		image,
		built,
		hostCommand: ["node", `${IN_IMAGE}/dist/nodes/sdk/host.js`],
		toxiproxyCommand: ["node", `${IN_IMAGE}/dist/toxiproxy/main.js`],
	};
}

/**
 * @param pakka its image, for when there is no other Toxiproxy
 * @throws Error when one is asked for that is not there, or that containers can't use
 */
export async function ensureToxiproxyImage(
	docker: Docker,
	pakka: () => Promise<PakkaImage>,
	options: ImageOptions,
): Promise<ToxiproxyImage> {
	const { signal, env = process.env } = options;
	const forced = env["PAKKA_TOXIPROXY"] ?? "";
	const named = env["PAKKA_TOXIPROXY_IMAGE"] ?? "";
	if (!["", "binary", "embedded"].includes(forced)) {
		throw new Error(
			`PAKKA_TOXIPROXY must be binary or embedded for --runtime docker, whose links lead through a container of the run, got '${forced}'. ` +
				"A server of your own goes into PAKKA_TOXIPROXY_IMAGE.",
		);
	}
	if (forced === "embedded") return embedded(await pakka());
	if (forced !== "binary") {
		const image = named || OFFICIAL_TOXIPROXY;
		if ((await findImage(docker, image, signal)) !== null) return official(image);
		if (named !== "") {
			throw new Error(
				`PAKKA_TOXIPROXY_IMAGE: the engine has no image '${named}'. Fetch it (docker pull ${named}), or unset the variable.`,
			);
		}
	}
	const program = findOnPath(TOXIPROXY_PROGRAM, env["PATH"]);
	const whyNot = program === null ? `no ${TOXIPROXY_PROGRAM} on PATH` : await whyNotLocal(docker, signal);
	if (program !== null && whyNot === null) return aroundProgram(docker, program, options);
	if (forced === "binary") throw new Error(`PAKKA_TOXIPROXY=binary: ${whyNot}`);
	return embedded(await pakka());
}

function official(image: string): ToxiproxyImage {
	const command = ["-host=0.0.0.0", `-port=${TOXIPROXY_PORT}`];
	return { image, kind: "image", entrypoint: ["/toxiproxy"], command, port: TOXIPROXY_PORT };
}

async function aroundProgram(
	docker: Docker,
	program: string,
	{ note, signal }: ImageOptions,
): Promise<ToxiproxyImage> {
	const name = "pakka/toxiproxy:local";
	const entrypoint = [program];
	const { made } = await importProgram(docker, {
		name,
		programs: [program],
		kind: "toxiproxy",
		changes: [`USER ${NODE_USER}`, `ENTRYPOINT ${JSON.stringify(entrypoint)}`],
		signal,
	});
	if (made) note("image imported", { image: name, program });
	return { ...official(name), kind: "binary", entrypoint };
}

function embedded({ image, toxiproxyCommand }: PakkaImage): ToxiproxyImage {
	const [program = "", ...rest] = toxiproxyCommand;
	return {
		image,
		kind: "embedded",
		entrypoint: [program],
		command: [...rest, "--host", "0.0.0.0", "--port", String(TOXIPROXY_PORT)],
		port: TOXIPROXY_PORT,
	};
}

/** All that docker/Dockerfile copies, and that file itself. */
async function nodeFiles({ packages = [], packagesFrom }: ImageOptions): Promise<ContextFile[]> {
	// Throws, with what to do, when the project is not built.
	builtEntry("nodes/sdk/host.ts");
	const root = packageRoot();
	const installed = await findPackages([
		{ names: NODE_PACKAGES, from: root },
		{ names: packages, from: packagesFrom ?? root },
	]);
	return [
		readContextFile(join(root, "docker/Dockerfile"), "Dockerfile"),
		onlyWhatRuns(readContextFile(join(root, "package.json"), "package.json")),
		...ROOMS.flatMap((room) => filesBelow(join(root, "dist", room), `dist/${room}`)),
		...installed.flatMap(({ folder, target }) => filesBelow(folder, target)),
	];
}

/** A new development dependency must not make a new image. */
function onlyWhatRuns(file: ContextFile): ContextFile {
	const { name, version, type } = JSON.parse(file.content.toString()) as Record<string, string>;
	return { ...file, content: Buffer.from(JSON.stringify({ name, version, type })) };
}
