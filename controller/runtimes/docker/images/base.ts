/**
 * The image that Pakka's own image is built on. In this order: what `PAKKA_BASE_IMAGE` names; an official Node image that
 * the engine has already; the image imported from this machine's Node, made now if need be. Nothing is pulled: what a
 * run needs from a registry is the user's to fetch, once, under a name that they choose.
 */
import type Docker from "dockerode";
import { findImage, type LocalImage } from "./build.ts";
import { importProgram, whyNotLocal } from "./local-program.ts";

export const IMPORTED_BASE = "pakka/base:local";
const OFFICIAL_BASES = ["node:22-slim", "node:24-slim", "node:20-slim", "node:22", "node:24", "node:20"];

export interface BaseOptions {
	/** Looked at for PAKKA_BASE_IMAGE. */
	env: Record<string, string | undefined>;
	note: (what: string) => void;
	signal?: AbortSignal | undefined;
}

/** @throws Error that says which image to fetch or to name */
export async function chooseBase(
	docker: Docker,
	{ env, note, signal }: BaseOptions,
): Promise<LocalImage & { name: string }> {
	const named = env["PAKKA_BASE_IMAGE"] ?? "";
	if (named !== "") {
		const found = await findImage(docker, named, signal);
		if (found !== null) return { ...found, name: named };
		throw new Error(
			`PAKKA_BASE_IMAGE: the engine has no image '${named}'. Fetch it (docker pull ${named}), or unset the variable.`,
		);
	}
	const official = await Promise.all(OFFICIAL_BASES.map((name) => findImage(docker, name, signal)));
	for (const [index, name] of OFFICIAL_BASES.entries()) {
		const found = official[index];
		if (found) return { ...found, name };
	}
	const whyNot = await whyNotLocal(docker, signal);
	if (whyNot !== null) {
		throw new Error(
			`the engine has no Node image to build Pakka's own on, and this machine's Node can't be imported (${whyNot}). ` +
				`Run docker pull ${OFFICIAL_BASES[0]}, or name an image with Node 20.19 or later in PAKKA_BASE_IMAGE.`,
		);
	}
	const program = process.execPath;
	const changes = [`CMD ["${program}"]`];
	const imported = await importProgram(docker, {
		name: IMPORTED_BASE,
		programs: [program],
		kind: "base",
		changes,
		signal,
	});
	if (imported.made) note(`imported this machine's Node as the image ${IMPORTED_BASE}`);
	return { ...imported, name: IMPORTED_BASE };
}
