/**
 * The program `pakka` with a Docker engine that goes away, with one that is reached over TCP, and with one that never was there; what
 * a search found, in all three runtimes; the files for users that no run of ours reads.
 */

import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { glob } from "tinyglobby";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { requirement } from "./requirements.ts";
import { runPakka, startPakka, temporaryFolder } from "./run-pakka.ts";

const docker = requirement("docker");
const ENGINE_SOCKET = "/var/run/docker.sock";
const STARTED_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;
/** Real messages have 100 ms to arrive; at a load of 25 on two cores one run in ten was too slow for that, with containers. */
const ONCE_MORE = 1;
const SCENARIO = `
name: long
replicas: { count: 2, type: g-set }
workload: { duration: 60s, rate: 50/s }
`;

const SHORT_SCENARIO = `
name: short
replicas: { count: 2, type: or-set }
workload: { duration: 1s, rate: 20/s }
faults:
  - { at: 200ms, crash: r1, restartAfter: 300ms }
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
	await writeFile(join(folder.path, "long.scenario.yaml"), SCENARIO);
	await writeFile(join(folder.path, "short.scenario.yaml"), SHORT_SCENARIO);
});
afterAll(() => folder[Symbol.asyncDispose]());

/**
 * An engine that can be stopped without stopping the machine's: a door to it that is closed.
 * @param place a socket's path, or a TCP port of 127.0.0.1 (0: any)
 */
async function openDoor(place: { path: string } | { host: string; port: number }) {
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
	await new Promise<void>((resolve) => door.listen(place, resolve));
	return {
		port: () => (door.address() as AddressInfo).port,
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
			const door = await openDoor({ path: socket });
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

		it("is used over TCP like any other: nothing needs its socket's file, its containers' addresses or its disk", async () => {
			const door = await openDoor({ host: "127.0.0.1", port: 0 });
			try {
				const { code, stdout, stderr } = await runPakka(
					["run", "short.scenario.yaml", "--runtime", "docker", "--out", "tcp"],
					{ cwd: folder.path, env: { DOCKER_HOST: `tcp://127.0.0.1:${door.port()}` } },
				);
				expect(code, stdout + stderr).toBe(0);
			} finally {
				door.close();
			}
		}, 60_000);
	},
);

describe("a counterexample of the search", () => {
	let counterexample: string;
	beforeAll(async () => {
		const specimen = join(packageRoot(), "scenarios/library/specimen-or-set-no-tombstone.scenario.yaml");
		await runPakka(["explore", specimen, "--runs", "50", "--out", "found"], { cwd: folder.path });
		[counterexample = ""] = await filesOf("found/*/counterexample.yaml");
		expect(await readFile(join(folder.path, counterexample), "utf8")).toContain("fail: strong-convergence");
	}, 60_000);

	for (const runtime of ["sim", "process", "docker"]) {
		it.skipIf(runtime === "docker" && !docker.met)(
			`fails with the same property in the runtime ${runtime}`,
			{ timeout: 60_000, retry: runtime === "sim" ? 0 : ONCE_MORE },
			async () => {
				const { code, stdout } = await runPakka(
					["run", counterexample, "--runtime", runtime, "--out", runtime],
					{ cwd: folder.path },
				);
				// The file expects the failure, as the search wrote it.
				expect(code, stdout).toBe(0);
				const file = (await filesOf(`${runtime}/*/result.json`)).at(-1) ?? "";
				const { properties } = JSON.parse(await readFile(join(folder.path, file), "utf8")) as {
					properties: { name: string; verdict: string }[];
				};
				expect(properties).toContainEqual(
					expect.objectContaining({ name: "strong-convergence", verdict: "fail" }),
				);
			},
		);
	}
});

/** Paths in the test's folder. */
async function filesOf(pattern: string): Promise<string[]> {
	return (await glob(pattern, { cwd: folder.path })).sort();
}

describe("docker/compose.yaml", () => {
	it("gives the harness a Toxiproxy, no capabilities, no root and no engine", async () => {
		const text = await readFile(join(packageRoot(), "docker/compose.yaml"), "utf8");
		const { services, volumes } = parse(text, { strict: true, uniqueKeys: true });
		expect(Object.keys(services)).toEqual(["toxiproxy", "pakka"]);
		for (const service of Object.values<Record<string, unknown>>(services)) {
			expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
			expect(service["security_opt"]).toEqual(["no-new-privileges:true"]);
			expect(service["privileged"]).toBeUndefined();
			expect(JSON.stringify(service["volumes"] ?? [])).not.toContain("docker.sock");
		}
		expect(services.toxiproxy.image).toMatch(/ghcr\.io\/shopify\/toxiproxy:\d/);
		expect(services.pakka.environment.TOXIPROXY_URL).toBe("http://127.0.0.1:8474");
		const { context, dockerfile } = services.pakka.build;
		const file = await readFile(join(packageRoot(), "docker", context, dockerfile), "utf8");
		expect(file).toMatch(/^USER 10001:10001$/m);
		expect(Object.keys(volumes)).toEqual(["runs"]);
	});
});

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
