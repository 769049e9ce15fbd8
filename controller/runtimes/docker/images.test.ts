import { copyFile, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { glob } from "tinyglobby";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../nodes/sdk/built-entry.ts";
import { requirement } from "../../../test/requirements.ts";
import { chooseBase } from "./images/base.ts";
import { buildImage, findImage } from "./images/build.ts";
import { contentHash, filesBelow } from "./images/context.ts";
import { within } from "./images/engine-call.ts";
import { importProgram } from "./images/local-program.ts";
import { removeOldImages } from "./images/old-images.ts";
import { findPackages, NODE_PACKAGES, packagesOfType } from "./images/packages.ts";
import { ensureImage, ensureToxiproxyImage, NODE_USER, type PakkaImage } from "./images.ts";

const engine = requirement("docker");
const ignore = () => undefined;
const LABEL = "dev.pakka.test-image";
const HEALTHY_WITHIN_MS = 10_000;

describe("what goes into the image", () => {
	it("has every package that replicas and the embedded Toxiproxy import", async () => {
		const root = packageRoot();
		const sources = await glob(["nodes/**/*.ts", "toxiproxy/**/*.ts", "!**/*.test.ts", "!**/testing/**"], {
			cwd: root,
		});
		const imported = new Set<string>();
		const types = ["automerge/x", "collabs/x", "json-joy/x", "loro/x", "systems/portfolio-solidity"];
		// Carried along with the commands that import them (local-command.ts).
		const libraries = [...types.flatMap(packagesOfType), "ioredis"];
		for (const source of sources) {
			const text = await readFile(join(root, source), "utf8");
			// Imports that are not of types alone, and not the libraries that users install (peer-library.ts).
			const ofFile = /^import (?!type\b)[^;]*? ?from "([^."][^"]*)"|\bimport\("([^."][^"]*)"\)/gm;
			for (const [, first = "", name = first] of text.matchAll(ofFile)) {
				const library = /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
				if (!name.startsWith("node:") && !libraries.includes(library)) imported.add(library);
			}
		}
		imported.delete("pakka");
		expect([...imported].sort()).toEqual([...NODE_PACKAGES].sort());
	});

	it("brings what a package depends on, each once", async () => {
		const found = await findPackages([{ names: ["yjs"], from: packageRoot() }]);
		expect(found.map(({ target }) => target).sort()).toEqual([
			"node_modules/isomorphic.js",
			"node_modules/lib0",
			"node_modules/yjs",
		]);
	});

	it("says which package is not installed", async () => {
		await expect(findPackages([{ names: ["no-such-package"], from: packageRoot() }])).rejects.toThrow(
			/no-such-package.*npm install/,
		);
	});

	it("is named by content, path, mode and base image, and by nothing else", async () => {
		const folder = await mkdtemp(join(tmpdir(), "pakka-context-"));
		try {
			await writeFile(join(folder, "a.js"), "1");
			await writeFile(join(folder, "a.js.map"), "{}");
			const hash = async (target = "dist", salt = "base") => contentHash(filesBelow(folder, target), salt);
			const first = await hash();
			expect(await hash()).toBe(first);
			await writeFile(join(folder, "a.d.ts"), "export {};");
			expect(await hash()).toBe(first);
			await writeFile(join(folder, "a.js"), "2");
			const changed = await hash();
			expect(new Set([first, changed, await hash("other"), await hash("dist", "another")]).size).toBe(4);
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});

describe("a call of the engine", () => {
	it("ends after its time-out, and says what it was", async () => {
		const never = () => new Promise<never>(() => undefined);
		await expect(within("build", 20, undefined, never)).rejects.toThrow("did not build within 20 ms");
	});

	it("ends with the signal of the run", async () => {
		const run = new AbortController();
		const call = within("build", 10_000, run.signal, () => new Promise<never>(() => undefined));
		run.abort(new Error("the run is over"));
		await expect(call).rejects.toThrow("the run is over");
	});
});

describe.skipIf(!engine.met)(`images in the engine${engine.note}`, () => {
	const docker = new Docker();
	let pakka: PakkaImage;
	beforeAll(async () => {
		pakka = await ensureImage(docker, { note: ignore });
	}, 120_000);
	afterAll(async () => {
		const filters = { label: [LABEL] };
		for (const { Id } of await docker.listContainers({ all: true, filters })) {
			await docker.getContainer(Id).remove({ force: true, v: true });
		}
		for (const { Id } of await docker.listImages({ filters }))
			await docker.getImage(Id).remove({ force: true });
	});

	it("builds Pakka's image once: unchanged, it is only asked for", async () => {
		const again = await ensureImage(docker, { note: ignore });
		expect(again).toEqual({ ...pakka, built: false });
	});

	it("makes another image when something in it changes", async () => {
		const file = { path: "Dockerfile", executable: false };
		const names = await Promise.all(
			["one", "two"].map(async (value) => {
				const content = Buffer.from(`FROM ${pakka.image}\nLABEL changed=${value}\n`);
				const files = [{ ...file, content }];
				const name = `pakka/test:${contentHash(files, "")}`;
				return (await buildImage(docker, { name, files, labels: { [LABEL]: "" } })).id;
			}),
		);
		expect(new Set(names).size).toBe(2);
	});

	it("removes its own images that newer ones have replaced, none that is in use and none without its label", async () => {
		const repository = "pakka-test/old";
		const make = (tag: string, labels: Record<string, string>) => {
			const content = Buffer.from(
				`FROM scratch\nLABEL made=${tag}-${process.hrtime.bigint()}\nCMD ["none"]\n`,
			);
			const files = [{ path: "Dockerfile", executable: false, content }];
			return buildImage(docker, { name: `${repository}:${tag}`, files, labels: { ...labels, [LABEL]: "" } });
		};
		const own = { "dev.pakka.image": "node" };
		await make("of-somebody-else", {});
		for (const tag of ["in-use", "old", "newest"]) {
			await make(tag, own);
			// The engine tells when an image was made to the second.
			await sleep(1_050);
		}
		const container = await docker.createContainer({ Image: `${repository}:in-use` });
		try {
			const removed = await removeOldImages(docker, 1, { repository });
			expect(removed).toEqual([`${repository}:old`]);
			const left = await docker.listImages({ filters: { reference: [repository] } });
			expect(left.flatMap(({ RepoTags }) => RepoTags ?? []).sort()).toEqual(
				["in-use", "newest", "of-somebody-else"].map((tag) => `${repository}:${tag}`),
			);
		} finally {
			await container.remove({ force: true });
		}
	});

	it("imports a program of this machine once, and again when it has changed, leaving no nameless image", async () => {
		const folder = await mkdtemp(join(tmpdir(), "pakka-program-"));
		try {
			const program = join(folder, "program");
			await copyFile("/bin/true", program);
			const kind = "test";
			const made = async () =>
				importProgram(docker, {
					name: "pakka/test:program",
					programs: [program],
					kind,
					changes: [`LABEL ${LABEL}=`],
				});
			const first = await made();
			expect(await made()).toMatchObject({ id: first.id, made: false });
			await utimes(program, 1, 1);
			expect(await made()).toMatchObject({ made: true });
			const labelled = await docker.listImages({ filters: { label: [`dev.pakka.image=${kind}`] } });
			// The engine is shared: others may have images of this kind too.
			const tags = labelled.map(({ RepoTags }) => RepoTags ?? []);
			expect(tags.filter((names) => names.includes("pakka/test:program"))).toHaveLength(1);
			expect(tags.filter(([name]) => name === undefined || name === "<none>:<none>")).toEqual([]);
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	it("leaves no image of a tar that broke off", async () => {
		const name = "pakka/test:broken";
		const folder = await mkdtemp(join(tmpdir(), "pakka-program-"));
		try {
			// Its first line names an interpreter that is not there: found while the tar is made.
			const program = join(folder, "script");
			await writeFile(program, "#!/nonexistent/interpreter\n", { mode: 0o755 });
			const made = importProgram(docker, { name, programs: [program], kind: "test", changes: [] });
			await expect(made).rejects.toThrow(/wants \/nonexistent\/interpreter/);
			expect(await findImage(docker, name)).toBeNull();
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	it("shows the engine's own words when a build fails", async () => {
		const content = Buffer.from(`FROM ${pakka.image}\nRUN ["node", "-e", "process.exit(3)"]\n`);
		const files = [{ path: "Dockerfile", executable: false, content }];
		const failing = buildImage(docker, { name: "pakka/test:failing", files, labels: { [LABEL]: "" } });
		await expect(failing).rejects.toThrow(
			/pakka\/test:failing could not be built:.*returned a non-zero code: 3/,
		);
	});

	it("refuses a base image that the engine has not, and does not fetch it", async () => {
		const env = { PAKKA_BASE_IMAGE: "pakka/no-such-base:1" };
		const refused = chooseBase(docker, { env, note: ignore });
		await expect(refused).rejects.toThrow("docker pull pakka/no-such-base:1");
	});

	it("refuses a Toxiproxy image that the engine has not", async () => {
		const env = { PAKKA_TOXIPROXY_IMAGE: "pakka/no-such-toxiproxy:1" };
		const refused = ensureToxiproxyImage(docker, async () => pakka, { note: ignore, env });
		await expect(refused).rejects.toThrow("docker pull pakka/no-such-toxiproxy:1");
	});

	it("refuses an external Toxiproxy: containers could not reach it", async () => {
		const env = { PAKKA_TOXIPROXY: "external" };
		const refused = ensureToxiproxyImage(docker, async () => pakka, { note: ignore, env });
		await expect(refused).rejects.toThrow("PAKKA_TOXIPROXY_IMAGE");
	});

	it("runs a replica as a user of its own, on a read-only root, without capabilities", async () => {
		const container = await start({
			Image: pakka.image,
			Entrypoint: pakka.hostCommand.slice(0, 1),
			Cmd: [...pakka.hostCommand.slice(1), "--type", "or-set"],
			Env: [
				"PAKKA_ID=r1",
				'PAKKA_REPLICAS=["r1"]',
				"PAKKA_CONTROL=0.0.0.0:7000",
				"PAKKA_LISTEN=0.0.0.0:7001",
				"PAKKA_DATA=/data",
			],
			port: 7000,
		});
		expect((await docker.getImage(pakka.image).inspect()).Config.User).toBe(NODE_USER);
		expect(await answerOf(container.url("/health"))).toContain('"');
		const processes = (await container.top()) as { Titles: string[]; Processes: string[][] };
		expect(processes.Processes[0]?.[processes.Titles.indexOf("UID")]).toBe(NODE_USER.split(":")[0]);
	});

	it("runs Toxiproxy, around this machine's program or the embedded one", async () => {
		for (const env of [process.env, { PAKKA_TOXIPROXY: "embedded" }]) {
			const image = await ensureToxiproxyImage(docker, async () => pakka, { note: ignore, env });
			const container = await start({
				Image: image.image,
				Entrypoint: image.entrypoint,
				Cmd: image.command,
				port: image.port,
			});
			expect(await answerOf(container.url("/version"))).toContain("version");
		}
	});

	/** Hardened as the runtime's are. Ended by `afterAll`. */
	async function start({ port, ...options }: Docker.ContainerCreateOptions & { port: number }) {
		const container = await docker.createContainer({
			...options,
			User: NODE_USER,
			Labels: { [LABEL]: "" },
			ExposedPorts: { [`${port}/tcp`]: {} },
			Volumes: { "/data": {} },
			HostConfig: {
				ReadonlyRootfs: true,
				CapDrop: ["ALL"],
				SecurityOpt: ["no-new-privileges"],
				Tmpfs: { "/tmp": "rw,size=16m" },
				PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
			},
		});
		await container.start();
		const { NetworkSettings } = await container.inspect();
		const published = NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort;
		return {
			top: () => container.top(),
			url: (path: string) => `http://127.0.0.1:${published}${path}`,
		};
	}
});

async function answerOf(url: string): Promise<string> {
	const deadlineMs = performance.now() + HEALTHY_WITHIN_MS;
	for (;;) {
		try {
			const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
			if (answer.ok) return await answer.text();
		} catch (error) {
			if (performance.now() > deadlineMs) throw error;
		}
		await sleep(50);
	}
}
