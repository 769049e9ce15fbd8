import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtEntry } from "./built-entry.ts";
import { loadModule } from "./load-module.ts";
import { defineReplica } from "./replica.ts";
import { until } from "./testing/cluster.ts";
import { runToEnd, startProcesses } from "./testing/processes.ts";

/** A user's replica in a folder where Pakka is not installed. */
const MODULE = `
import { defineReplica, type Replica } from "pakka/node";
import { initial } from "./helper.ts";
export { defineReplica as theirs };
export default defineReplica({
	type: "g-set",
	delivers: { order: "any", duplicates: true, durable: true },
	operations: {},
	tickMs: 20,
	create({ id, replicas }, { records }): Replica {
		const updates = new Map<string, any>(initial);
		for (const update of records as any[]) updates.set(update[0] + ":" + update[1], update);
		const own = () => [...updates.values()].filter((update) => update[0] === id).length;
		return {
			invoke({ f, value }, effects) {
				if (f !== "add") return { ok: false, code: "unknown-operation", message: f };
				const update = [id, own() + 1, value];
				updates.set(id + ":" + update[1], update);
				effects.persist(update);
				return { ok: true, update: own() };
			},
			receive(_from, message, effects) {
				if (message === "die") throw new Error("asked to");
				for (const update of message as any[]) {
					const name = update[0] + ":" + update[1];
					if (updates.has(name)) continue;
					updates.set(name, update);
					effects.persist(update);
				}
			},
			tick(effects) {
				for (const other of replicas) if (other !== id) effects.send(other, [...updates.values()]);
			},
			view: () => [...updates.values()].map((update) => update[2]),
		};
	},
});
`;

let folder: string;
let file: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-host-test-"));
	file = join(folder, "replica.ts");
	await writeFile(file, MODULE);
	await writeFile(join(folder, "helper.ts"), "export const initial: [string, any][] = [];");
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

describe("a node as a process", () => {
	it("keeps acknowledged updates over SIGKILL and a torn log, and ends with 0 on SIGTERM", async () => {
		const command = [process.execPath, builtEntry("nodes/sdk/host.ts"), "--module", file];
		await using nodes = await startProcesses(command, ["r1", "r2"]);
		const acknowledged: number[] = [];
		const adding = (async () => {
			for (let i = 0; i < 1_000; i += 1) {
				if ((await nodes.add("r1", i)).status === 200) acknowledged.push(i);
			}
		})().catch(() => {});
		await until("some updates are acknowledged", () => acknowledged.length > 20);
		await nodes.end("r1", "SIGKILL");
		await adding;
		const [log = ""] = (await readdir(join(nodes.folder, "r1"))).filter((name) => name.startsWith("log."));
		await appendFile(join(nodes.folder, "r1", log), Buffer.from([0, 0, 0, 99, 1, 2]));
		await nodes.start("r1");
		const view = (await nodes.call("r1", "GET", "/state")).body.view;
		for (const value of acknowledged) expect(view).toContain(value);
		expect(nodes.log("r1")).toContain("cut off 6 bytes of a torn batch");
		await until("r2 has them too", async () => {
			return (await nodes.call("r2", "GET", "/state")).body.view.length === view.length;
		});
		expect(await nodes.end("r1", "SIGTERM")).toBe(0);
	});

	it("says what is wrong with its environment and arguments, and ends with 64", async () => {
		const host = [process.execPath, builtEntry("nodes/sdk/host.ts")];
		const [bare, badModule, badPeers] = await Promise.all([
			runToEnd(host, {}),
			runToEnd([...host, "--module", join(folder, "helper.ts")], {}),
			runToEnd([...host, "--module", file], {
				PAKKA_ID: "r1",
				PAKKA_REPLICAS: '["r2"]',
				PAKKA_CONTROL: "127.0.0.1",
				PAKKA_LISTEN: "127.0.0.1:0",
				PAKKA_PEERS: '{"r2":"127.0.0.1:1"}',
			}),
		]);
		expect(bare).toMatchObject({ code: 64, log: expect.stringContaining("--type NAME or --module FILE") });
		expect(badModule).toMatchObject({ code: 64, log: expect.stringContaining("it has no default export") });
		expect(badPeers.code).toBe(64);
		for (const name of ["PAKKA_REPLICAS", "PAKKA_CONTROL", "PAKKA_PEERS", "PAKKA_DATA"]) {
			expect(badPeers.log).toContain(name);
		}
		expect(badPeers.log).not.toContain("PAKKA_LISTEN");
	});
});

describe("a user's module", () => {
	it("gets the very module that runs here for pakka/node", async () => {
		const exporter = join(folder, "exporter.ts");
		await writeFile(
			exporter,
			`import definition, { theirs } from "./replica.ts"; export default { ...definition, theirs };`,
		);
		expect(await loadModule(exporter)).toMatchObject({ type: "g-set", theirs: defineReplica });
	});

	it("is refused with what is missing", async () => {
		const bad = join(folder, "bad.ts");
		await expect(loadModule(join(folder, "none.ts"))).rejects.toThrow(/none\.ts: no such file/);
		await writeFile(bad, `export default { type: "x", delivers: {}, operations: {}, tickMs: 1 }`);
		await expect(loadModule(bad)).rejects.toThrow(/has no create \(function\)/);
		const unreadable = join(folder, "unreadable.ts");
		await writeFile(unreadable, "export default (");
		await expect(loadModule(unreadable)).rejects.toThrow(/unreadable\.ts could not be loaded/);
	});
});
