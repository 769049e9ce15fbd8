/** The program `pakka` with a Docker engine that goes away, and with one that never was there. */

import { writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "./requirements.ts";
import { runPakka, startPakka, temporaryFolder } from "./run-pakka.ts";

const docker = requirement("docker");
const ENGINE_SOCKET = "/var/run/docker.sock";
const STARTED_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;
const SCENARIO = `
name: long
replicas: { count: 2, type: g-set }
workload: { duration: 60s, rate: 50/s }
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
	await writeFile(join(folder.path, "long.scenario.yaml"), SCENARIO);
});
afterAll(() => folder[Symbol.asyncDispose]());

/** An engine that can be stopped without stopping the machine's: a door to it that is closed. */
async function openDoor(path: string) {
	const sockets = new Set<Socket>();
	const door = createServer((client) => {
		const engine = connect(ENGINE_SOCKET);
		for (const socket of [client, engine]) {
			sockets.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => {
				sockets.delete(socket);
				(socket === client ? engine : client).destroy();
			});
		}
		client.pipe(engine).pipe(client);
	});
	await new Promise<void>((resolve) => door.listen(path, resolve));
	return {
		close() {
			door.close();
			for (const socket of sockets) socket.destroy();
		},
	};
}

describe.skipIf(!docker.met || process.env["DOCKER_HOST"] !== undefined)(
	`a Docker engine that stops in mid-run${docker.note}`,
	() => {
		it("ends the run as the harness's failure with what happened, and clean removes the rest when it is back", async () => {
			const socket = join(folder.path, "engine.sock");
			const door = await openDoor(socket);
			const { finished, child } = startPakka(
				["run", "long.scenario.yaml", "--runtime", "docker", "--out", "stopped"],
				{ cwd: folder.path, env: { DOCKER_HOST: `unix://${socket}` } },
			);
			let left: string[] = [];
			for (let waitedMs = 0; waitedMs < STARTED_WITHIN_MS; waitedMs += LOOK_AGAIN_MS) {
				left = await containersOf(child.pid ?? 0);
				if (left.length === 3) break;
				await sleep(LOOK_AGAIN_MS);
			}
			await sleep(3_000);
			door.close();
			const { code, stderr, stdout } = await finished;
			expect(stderr + stdout).toMatch(/the Docker engine at unix:.*(stopped in mid-run|does not answer)/);
			expect(code).toBe(70);
			expect(await containersOf(child.pid ?? 0)).toHaveLength(left.length);
			await runPakka(["clean"], { cwd: folder.path });
			expect(await containersOf(child.pid ?? 0)).toEqual([]);
		}, 90_000);
	},
);

/** Names of containers that this controller owns. */
async function containersOf(pid: number): Promise<string[]> {
	const { default: Docker } = await import("dockerode");
	const containers = await new Docker({ socketPath: ENGINE_SOCKET }).listContainers({
		all: true,
		filters: { label: ["dev.pakka.owner"] },
	});
	return containers
		.filter(({ Labels }) => Labels["dev.pakka.owner"]?.split("/")[1] === String(pid))
		.map(({ Names }) => Names[0] ?? "");
}

describe("without a Docker engine", () => {
	it("exits 70 and says which socket was tried, what to do, and that processes need none", async () => {
		const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
		const { code, stderr } = await runPakka(["run", "long.scenario.yaml", "--runtime", "docker"], {
			cwd: folder.path,
			env,
		});
		expect(stderr).toMatch(
			/unix:\/\/\/nonexistent\/docker\.sock does not answer.*Start Docker.*--runtime process/s,
		);
		expect(stderr).not.toMatch(/\n\s+at /);
		expect(code).toBe(70);
	});
});
