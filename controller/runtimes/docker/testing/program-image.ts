/** For tests: an image of a program that Pakka did not write, as a user would bring one. It speaks the replica protocol. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { packageRoot } from "../../../../nodes/sdk/built-entry.ts";
import { buildImage } from "../images/build.ts";
import { ensureImage } from "../images.ts";

const PROGRAM = "controller/testing/gossip-set.mjs";
const NAME = "pakka-test/gossip-set:1";

/** @returns its name; it stays, and is made anew each time from the engine's cache */
export async function makeProgramImage(docker: Docker): Promise<string> {
	const { image } = await ensureImage(docker, { note: () => undefined });
	const dockerfile = `FROM ${image}\nCOPY gossip-set.mjs /opt/\nENTRYPOINT []\nCMD ["node", "/opt/gossip-set.mjs"]\n`;
	await buildImage(docker, {
		name: NAME,
		files: [
			{ path: "Dockerfile", content: Buffer.from(dockerfile), executable: false },
			{
				path: "gossip-set.mjs",
				content: await readFile(join(packageRoot(), PROGRAM)),
				executable: false,
			},
		],
		buildArguments: {},
		labels: { "dev.pakka.image": "test" },
	});
	return NAME;
}
