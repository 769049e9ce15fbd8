/** Commands of this machine in containers: what goes along, what they are started with, and where that can't be done. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../history/events.ts";
import { requirement } from "../../../test/requirements.ts";
import { runScenario } from "../../run.ts";
import { eventsOf, finalViews, ofKind } from "../../testing/history.ts";
import { fault, gossipSets } from "../../testing/scenarios.ts";
import { NODE_USER } from "./images.ts";
import { containCommand } from "./local-command.ts";
import { whyNoCommands } from "./probe.ts";

const docker = requirement("docker");
const python = requirement("python");
const IMAGES_WITHIN_MS = 120_000;
const RUN_WITHIN_MS = 60_000;
const LABELS = { "dev.pakka.test-command": "" };

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-command-"));
	await mkdir(join(folder, "lib"));
	await mkdir(join(folder, "node_modules/left"), { recursive: true });
	const files = {
		"package.json": '{"name":"theirs","type":"module"}',
		"main.js":
			'import { text } from "./lib/text.js";\nimport { left } from "left";\nconsole.log(text, left, process.argv[2]);\n',
		"lib/text.js": 'export const text = "imported";\n',
		"node_modules/left/package.json": '{"name":"left","type":"module","exports":"./index.js"}',
		"node_modules/left/index.js": 'export const left = "installed";\n',
		"main.py": "import sys, json, lib.text\nprint(json.dumps([lib.text.TEXT, sys.argv[1]]))\n",
		"lib/text.py": 'TEXT = "beside"\n',
		hello: "#!/usr/bin/env -S sh -e\necho it runs\n",
	};
	for (const [name, text] of Object.entries(files)) {
		await writeFile(join(folder, name), text, { mode: 0o755 });
	}
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!docker.met)(`a command of this machine in a container${docker.note}`, () => {
	const engine = new Docker();
	const made: string[] = [];
	afterAll(async () => {
		const filters = { label: Object.keys(LABELS) };
		for (const { Id } of await engine.listContainers({ all: true, filters })) {
			await engine.getContainer(Id).remove({ force: true });
		}
		for (const image of made) await engine.getImage(image).remove({ force: true });
	});

	function contained(argv: string[], requires: string[] = [], launcher: string[] = []) {
		const note = (_: string, detail?: Json) => made.push((detail as { image: string }).image);
		return containCommand(engine, {
			argv,
			launcher,
			folder,
			requires,
			codePath: "/code",
			user: NODE_USER,
			note,
		});
	}

	/** @returns what it prints */
	async function printed(argv: string[], requires: string[] = []): Promise<string> {
		const { image, argv: inContainer, files } = await contained(argv, requires);
		const [program = "", ...args] = inContainer;
		const { pack } = await import("tar-stream");
		const archive = pack();
		for (const [name, content] of files) archive.entry({ name: `code/${name}` }, content);
		archive.finalize();
		const container = await engine.createContainer({
			Image: image,
			Entrypoint: [program],
			Cmd: args,
			Labels: LABELS,
			HostConfig: { NetworkMode: "none" },
		});
		await container.putArchive(archive, { path: "/" });
		const over = container.wait({ condition: "next-exit" });
		await container.start();
		await over;
		return (await container.logs({ stdout: true, stderr: true, follow: false })).subarray(8).toString();
	}

	it(
		"starts a script for Node with what it imports by path and by name, and leaves other arguments alone",
		async () => {
			expect(await printed(["node", "main.js", "--plain"])).toBe("imported installed --plain\n");
		},
		IMAGES_WITHIN_MS,
	);

	it.skipIf(!python.met)(
		`starts a program in Python with its standard library and the files below its folder${python.note}`,
		async () => {
			expect(await printed(["python3", "main.py", "--plain"])).toBe('["beside", "--plain"]\n');
		},
		IMAGES_WITHIN_MS,
	);

	it(
		"starts a script by its first line, and finds what the scenario requires",
		async () => {
			expect(await printed(["./hello"])).toBe("it runs\n");
			expect(await printed(["sh", "-c", "uname"], ["uname"])).toBe("Linux\n");
		},
		IMAGES_WITHIN_MS,
	);

	it("names an image by its programs, so that an edited file makes no other", async () => {
		const first = await contained(["./hello"]);
		await writeFile(join(folder, "main.js"), "import './lib/text.js';\n");
		const [one, two] = await Promise.all([contained(["./hello", "main.js"]), contained(["sh"])]);
		expect(one.image).toBe(first.image);
		expect(two.image).not.toBe(first.image);
		expect([...one.files.keys()].sort()).toEqual(["1/lib/text.js", "1/main.js", "1/package.json"]);
	});

	it("starts what starts the program, which keeps its own arguments", async () => {
		const launcher = [process.execPath, join(folder, "lib/text.js"), "--"];
		const { argv, files } = await contained(["./hello", "main.py"], [], launcher);
		const own = [join(folder, "hello"), "/code/4/main.py"];
		expect(argv).toEqual([process.execPath, "/code/1/text.js", "--", ...own]);
		expect([...files.keys()].sort()).toEqual(["1/package.json", "1/text.js", "4/lib/text.py", "4/main.py"]);
	});

	it("refuses a program that is not here, before any image is made", async () => {
		await expect(contained(["./no-such"])).rejects.toThrow("replicas.command: no program './no-such'");
		await expect(contained(["sh"], ["no-such"])).rejects.toThrow("no program 'no-such'");
	});

	it(
		"is a replica like any other: crashed with its disk and without, cut off, it converges",
		async () => {
			const scenario = gossipSets(
				{},
				{
					replicas: { source: { kind: "command", argv: ["node", "controller/testing/gossip-set.mjs"] } },
					workload: { operations: 100 },
					faults: [
						fault(100, 300, { kind: "crash", replica: "r1", disk: "keep" }),
						fault(200, 300, { kind: "crash", replica: "r2", disk: "lose" }),
					],
				},
			);
			const { historyPath, endReason } = await runScenario(scenario, { runtime: "docker", outDir: folder });
			const events = await eventsOf(historyPath);
			expect(endReason).toBe("settled");
			expect(ofKind(events, "node").filter(({ what }) => what === "crashed")).toHaveLength(2);
			expect(finalViews(events)).toHaveLength(3);
			expect(new Set(finalViews(events)).size).toBe(1);
		},
		RUN_WITHIN_MS,
	);
});

it("says what to do where the engine is of another processor", async () => {
	const server = createServer((_, response) => {
		response.setHeader("content-type", "application/json").end('{"Os":"linux","Arch":"s390x"}');
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		const { port } = server.address() as AddressInfo;
		const why = await whyNoCommands({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
		expect(why).toMatch(/replicas\.image/);
		if (process.platform === "linux") expect(why).toMatch(/linux on s390x/);
	} finally {
		server.close();
		server.closeAllConnections();
	}
});
