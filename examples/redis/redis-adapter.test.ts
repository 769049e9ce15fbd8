/** The adapter against a real Redis on this machine: a primary and a follower, without Pakka's runtime around them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { ControlClient } from "../../controller/control-client.ts";
import { connectAdapter } from "../../controller/runtimes/docker/adapter.ts";
import type { Json } from "../../history/events.ts";
import { loadAdapter } from "../../nodes/sdk/load-module.ts";
import { requirement } from "../../test/requirements.ts";

const redis = requirement("redis");
const TIMEOUT_MS = 2_000;
const EVENTUALLY_MS = 8_000;
const adapter = await loadAdapter(fileURLToPath(new URL("redis-adapter.ts", import.meta.url)));

interface Server {
	child: ChildProcess;
	control: ControlClient;
}

describe.skipIf(!redis.met)(`the Redis adapter${redis.note}`, () => {
	const undo: (() => Promise<unknown>)[] = [];
	afterEach(async () => {
		for (const action of undo.splice(0).reverse()) await action();
	});

	it("adds at the primary, and the follower has the same numbers and the same counter", async () => {
		const { primary, follower } = await startPair();
		for (const [index, value] of [5, -2, 4].entries()) {
			const answer = await primary.operation({ id: `c1-${index}`, f: "add", value }, TIMEOUT_MS);
			expect(answer).toMatchObject({
				kind: "ok",
				value: { update: index + 1, delivered: { r1: index + 1 } },
			});
		}
		await eventually(async () =>
			expect(await follower.state(TIMEOUT_MS)).toMatchObject({ value: { view: 7, delivered: { r1: 3 } } }),
		);
		const read = await follower.operation({ id: "c2-0", f: "read", value: null }, TIMEOUT_MS);
		expect(read).toMatchObject({ kind: "ok", value: { value: 7 } });
	});

	it("says of a write at a follower that it surely did not happen", async () => {
		const { follower } = await startPair();
		const answer = await follower.operation({ id: "c1-0", f: "add", value: 1 }, TIMEOUT_MS);
		expect(answer).toMatchObject({ kind: "error", error: { code: "refused", definite: true } });
		expect((answer as { error: { message: string } }).error.message).toContain("READONLY");
	});

	it("says of a write to a server that has stopped that it may have happened", async () => {
		const { primary, server } = await startPair();
		server.kill("SIGSTOP");
		const answer = await primary.operation({ id: "c1-0", f: "add", value: 1 }, 200);
		server.kill("SIGCONT");
		expect(answer).toMatchObject({ kind: "error", error: { code: "timeout", definite: false } });
		// The connection with the late reply on it is not used again.
		await eventually(async () => expect(await primary.health(TIMEOUT_MS)).toBe(true));
	});

	it("gives no number away twice when the primary forgets its data", async () => {
		const folder = await temporaryFolder();
		const options = { appendonly: false };
		const first = await startServer({ id: "r1", folder, options, peers: {}, incarnation: 0 });
		await first.control.operation({ id: "c1-0", f: "add", value: 5 }, TIMEOUT_MS);
		await end(first.child, "SIGKILL");
		const second = await startServer({ id: "r1", folder, options, peers: {}, incarnation: 1 });
		expect(await second.control.state(TIMEOUT_MS)).toMatchObject({
			value: { view: 0, delivered: { r1: [] } },
		});
		const answer = await second.control.operation({ id: "c1-1", f: "add", value: 3 }, TIMEOUT_MS);
		expect(answer).toMatchObject({
			value: { update: 1_000_001, delivered: { r1: [[1_000_001, 1_000_001]] } },
		});
	});

	async function startPair() {
		const folder = await temporaryFolder();
		const first = await startServer({ id: "r1", folder, options: {}, peers: {}, incarnation: 0 });
		const peers = { r1: [`127.0.0.1:${first.port}`] };
		const second = await startServer({ id: "r2", folder, options: {}, peers, incarnation: 0 });
		return { primary: first.control, follower: second.control, server: first.child };
	}

	/** As the adapter says, but on a port of this machine. */
	async function startServer(node: {
		id: string;
		folder: string;
		options: Record<string, Json>;
		peers: Record<string, string[]>;
		incarnation: number;
	}): Promise<Server & { port: number }> {
		const port = await freePort();
		const dataFolder = join(node.folder, node.id);
		await mkdir(dataFolder, { recursive: true });
		const adapted = { ...node, replicas: ["r1", "r2"], seed: 1, dataFolder };
		const { command = [] } = adapter.start(adapted);
		const args = command.map((word) => (word === String(adapter.ports.client) ? String(port) : word));
		const child = spawn(redis.path, args, { stdio: "ignore", cwd: dataFolder });
		undo.push(() => end(child, "SIGKILL"));
		const control = connectAdapter(adapter, adapted, `127.0.0.1:${port}`);
		undo.push(async () => control[Symbol.asyncDispose]());
		await eventually(async () => expect(await control.health(TIMEOUT_MS)).toBe(true));
		return { child, control, port };
	}

	async function temporaryFolder(): Promise<string> {
		const folder = await mkdtemp(join(tmpdir(), "pakka-redis-"));
		undo.push(() => rm(folder, { recursive: true, force: true }));
		return folder;
	}
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, "exit");
	child.kill(signal);
	await ended;
}

async function eventually(check: () => Promise<void>): Promise<void> {
	const deadlineMs = performance.now() + EVENTUALLY_MS;
	for (;;) {
		try {
			return await check();
		} catch (error) {
			if (performance.now() > deadlineMs) throw error;
		}
		await sleep(50);
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.listen({ host: "127.0.0.1", port: 0 }, () => {
			const { port } = probe.address() as { port: number };
			probe.close(() => resolve(port));
		});
	});
}
