import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { requirement } from "../../test/requirements.ts";
import { createProxies, planLanes } from "./lay.ts";
import { createPortPool } from "./ports.ts";
import { startToxiproxyServer } from "./server.ts";
import { createSlots } from "./slots.ts";
import { until } from "./testing/peers.ts";
import { seededRandom } from "./testing/seeded.ts";

const toxiproxy = requirement("toxiproxy");
const withoutPath = { ...process.env, PATH: "", TOXIPROXY_URL: undefined, PAKKA_TOXIPROXY: undefined };
const withPath = { ...withoutPath, PATH: process.env["PATH"] };

const runs = (pid: number) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

it("takes the embedded server where there is nothing else, and ends it", async () => {
	const server = await startToxiproxyServer({ env: withoutPath });
	expect(server.kind).toBe("embedded");
	const answer = await fetch(`${server.url}/version`);
	expect(await answer.json()).toEqual({ version: server.version });
	const pid = server.pid as number;
	const deaths: Error[] = [];
	server.whenEnded((error) => deaths.push(error));
	expect(runs(pid)).toBe(true);
	await server[Symbol.asyncDispose]();
	expect(runs(pid)).toBe(false);
	await sleep(20);
	expect(deaths).toEqual([]);
});

it("uses an external server, adds nothing to it and does not end it", async () => {
	await using theirs = await startToxiproxyServer({ env: withoutPath });
	const external = await startToxiproxyServer({ env: { ...withPath, TOXIPROXY_URL: theirs.url } });
	expect(external).toMatchObject({ kind: "external", url: theirs.url, pid: null, restart: null });
	await external[Symbol.asyncDispose]();
	expect(await (await fetch(`${theirs.url}/proxies`)).json()).toEqual({});
});

it("lets PAKKA_TOXIPROXY and the option force a kind, and says what is missing", async () => {
	await using embedded = await startToxiproxyServer({ env: { ...withPath, PAKKA_TOXIPROXY: "embedded" } });
	expect(embedded.kind).toBe("embedded");
	await expect(startToxiproxyServer({ env: withoutPath, which: "binary" })).rejects.toThrow(
		/no toxiproxy-server on PATH/,
	);
	await expect(startToxiproxyServer({ env: withoutPath, which: "external" })).rejects.toThrow(
		/TOXIPROXY_URL/,
	);
	await expect(startToxiproxyServer({ env: { PAKKA_TOXIPROXY: "real" } })).rejects.toThrow(/got 'real'/);
});

it("says so when an external server does not answer", async () => {
	const env = { ...withPath, TOXIPROXY_URL: "http://127.0.0.1:9" };
	await expect(startToxiproxyServer({ env })).rejects.toThrow(/127\.0\.0\.1:9\/version|no answer/);
});

it("refuses a server on another host before anything is sent to it", async () => {
	const replicas = ["r1", "r2"].map((id) => ({ id, address: "127.0.0.1:9" }));
	const laying = { runId: "x", replicas, lanes: 1, random: seededRandom(1) };
	const serverUrl = "http://toxiproxy.example:8474";
	await expect(createProxies(planLanes(laying), { ...laying, serverUrl })).rejects.toThrow(/on another host/);
});

it("notices when its server dies during a run, and quotes its last words", async () => {
	await using server = await startToxiproxyServer({ env: withoutPath });
	const death = new Promise<Error>((resolve) => server.whenEnded(resolve));
	process.kill(server.pid as number, "SIGKILL");
	expect((await death).message).toMatch(/Toxiproxy \(embedded, process \d+\) ended by SIGKILL/);
});

it("gives a fresh server without proxies on restart", async () => {
	const pids: number[] = [];
	await using server = await startToxiproxyServer({ env: withoutPath, spawned: (pid) => pids.push(pid) });
	const before = server.pid;
	const deaths: Error[] = [];
	server.whenEnded((error) => deaths.push(error));
	const body = JSON.stringify({ name: "x", listen: "127.0.0.1:0", upstream: "127.0.0.1:9" });
	await fetch(`${server.url}/proxies`, { method: "POST", body });
	await server.restart?.();
	expect(server.pid).not.toBe(before);
	expect(pids).toEqual([before, server.pid]);
	expect(await (await fetch(`${server.url}/proxies`)).json()).toEqual({});
	await sleep(20);
	expect(deaths).toEqual([]);
});

it("says what a server that ends at once printed", async () => {
	const folder = await mkdtemp(join(tmpdir(), "pakka-links-"));
	try {
		const program = join(folder, "toxiproxy-server");
		await writeFile(program, "#!/bin/sh\necho no such flag >&2\nexit 3\n");
		await chmod(program, 0o755);
		const env = { ...withoutPath, PATH: folder };
		await expect(startToxiproxyServer({ env })).rejects.toThrow(/exited with code 3[^]*no such flag/);
	} finally {
		await rm(folder, { recursive: true });
	}
});

describe.skipIf(!toxiproxy.met)(`the real server${toxiproxy.note}`, () => {
	it("is preferred to the embedded one, has a process group of its own, and is ended", async () => {
		const server = await startToxiproxyServer({ env: withPath });
		expect(server.kind).toBe("binary");
		const pid = server.pid as number;
		// Throws unless a group of that id exists: a child in our own group has none.
		expect(() => process.kill(-pid, 0)).not.toThrow();
		await server[Symbol.asyncDispose]();
		expect(runs(pid)).toBe(false);
	});

	it("takes another control port when another server answers at the first, which would not end it", async () => {
		const folder = await mkdtemp(join(tmpdir(), "pakka-links-"));
		try {
			// Stands for the race: the first start finds a server of somebody else on its port.
			const program = join(folder, "toxiproxy-server");
			const script =
				`#!/bin/sh\nif [ ! -e ${folder}/raced ]; then touch ${folder}/raced; ` +
				`${toxiproxy.path} "$@" >/dev/null 2>&1 & echo $! > ${folder}/pid; sleep 0.5; fi\nexec ${toxiproxy.path} "$@"\n`;
			await writeFile(program, script);
			await chmod(program, 0o755);
			const server = await startToxiproxyServer({ env: { ...withPath, PATH: `${folder}:${withPath.PATH}` } });
			const pid = server.pid as number;
			expect(await (await fetch(`${server.url}/proxies`)).json()).toEqual({});
			await server[Symbol.asyncDispose]();
			expect(runs(pid)).toBe(false);
			await expect(fetch(`${server.url}/version`)).rejects.toThrow();
			process.kill(Number(await readFile(join(folder, "pid"), "utf8")));
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});

describe("ports", () => {
	it("are below the ephemeral range, free, and never handed out twice", async () => {
		const pool = createPortPool({ random: seededRandom(1), salt: process.pid });
		const ports = await pool.take(200);
		expect(new Set(ports).size).toBe(200);
		expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_000);
		expect(Math.max(...ports)).toBeLessThan(32_000);
	});

	it("skip one that somebody listens on, and those excepted", async () => {
		const [taken, excepted, third] = (await createPortPool({ random: seededRandom(2), salt: 5 }).take(3)) as [
			number,
			number,
			number,
		];
		const listener = createServer();
		await new Promise<void>((resolve) => listener.listen({ host: "127.0.0.1", port: taken }, resolve));
		const pool = createPortPool({ random: seededRandom(2), salt: 5, except: [excepted] });
		expect(await pool.take(1)).toEqual([third]);
		await new Promise((resolve) => listener.close(resolve));
	});

	it("differ between two processes with one seed", async () => {
		const first = await createPortPool({ random: seededRandom(3), salt: 100 }).take(20);
		const second = await createPortPool({ random: seededRandom(3), salt: 101 }).take(20);
		expect(first.filter((port, index) => second[index] === port)).toEqual([]);
	});
});

it("slots let no more than so many run at a time, and go on after a failure", async () => {
	const slots = createSlots(2);
	let running = 0;
	let most = 0;
	const results = await Promise.allSettled(
		[1, 2, 3, 4, 5, 6].map((number) =>
			slots.run(async () => {
				most = Math.max(most, ++running);
				await sleep(2);
				running--;
				if (number % 2 === 0) throw new Error("even");
				return number;
			}),
		),
	);
	expect(most).toBe(2);
	expect(results.map(({ status }) => status === "fulfilled")).toEqual([
		true,
		false,
		true,
		false,
		true,
		false,
	]);
	await until("all done", () => running === 0);
});
