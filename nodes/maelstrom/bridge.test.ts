/** The bridge as a process, round real nodes: the good ones of the examples, and bad ones. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtEntry, packageRoot } from "../sdk/built-entry.ts";
import { readEnvironment } from "../sdk/environment.ts";
import { until } from "../sdk/testing/cluster.ts";
import { runToEnd, type Started, startProcesses } from "../sdk/testing/processes.ts";
import { startBridge } from "./bridge.ts";
import { MAELSTROM_DELIVERS, readOptions } from "./workloads.ts";

const bridge = builtEntry("nodes/maelstrom/main.ts");
const hostile = join(packageRoot(), "nodes/maelstrom/testing/hostile.mjs");

function command(type: string, ...node: string[]): string[] {
	return [process.execPath, bridge, "--type", type, "--", process.execPath, ...node];
}

function example(name: string): string {
	return join(packageRoot(), "examples/maelstrom", name);
}

function startHostile(way: string, ids = ["r1"]): Promise<Started> {
	return startProcesses(command("g-set", hostile, way), ids);
}

/** The environment of a replica without peers, and its folder. */
async function alone(): Promise<AsyncDisposable & { env: NodeJS.ProcessEnv }> {
	const folder = await mkdtemp(join(tmpdir(), "pakka-maelstrom-test-"));
	return {
		env: {
			PAKKA_ID: "r1",
			PAKKA_REPLICAS: '["r1"]',
			PAKKA_CONTROL: "127.0.0.1:0",
			PAKKA_LISTEN: "127.0.0.1:0",
			PAKKA_DATA: folder,
		},
		[Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
	};
}

/** In this process; what it warns of goes to `warned`. */
async function startHere(
	way: string,
	workload: string,
	env: NodeJS.ProcessEnv,
	warned: string[],
): Promise<() => Promise<void>> {
	const read = readOptions("g-set", { workload });
	if (!read.ok) throw new Error(read.mistake.message);
	const argv = [process.execPath, hostile, way] as const;
	const parts = { ...read.bridge, argv, delivers: MAELSTROM_DELIVERS, env: process.env, initWithinMs: 1_000 };
	const calls = { warn: (line: string) => void warned.push(line), onFatal: () => undefined };
	return startBridge(parts, readEnvironment(env), calls);
}

describe("nodes behind bridges", () => {
	it("gossip over the links, are journalled, keep in PAKKA_DATA what they wrote, and end in order", async () => {
		const ids = ["r1", "r2", "r3"];
		await using nodes = await startProcesses(command("pn-counter", example("counter.mjs")), ids);
		const shown = () =>
			Promise.all(ids.map(async (id) => Number((await nodes.call(id, "GET", "/state")).body.view)));
		const untilAllShow = (sum: number): Promise<unknown> =>
			until(`all show ${sum}`, async () => (await shown()).every((value) => value === sum));
		expect(await nodes.add("r1", 5)).toMatchObject({ status: 200, body: { value: null } });
		expect((await nodes.add("r2", -2)).status).toBe(200);
		await untilAllShow(3);
		const { entries } = (await nodes.call("r3", "GET", "/journal?after=0")).body;
		const labels = entries.map(({ message }) => message?.label ?? "");
		expect(
			labels.some((label) => label.startsWith('counts {"counts":{') && label.includes('"n1":[5,0]')),
		).toBe(true);
		await nodes.end("r2", "SIGKILL");
		await nodes.add("r1", 10);
		await nodes.start("r2");
		await untilAllShow(13);
		expect(await nodes.end("r1", "SIGTERM")).toBe(0);
	});

	it("get definite errors as refusals, and everything else as something that may have happened", async () => {
		await using nodes = await startHostile("errors");
		const statuses = new Map<number, string>();
		for (const code of [1, 11, 13, 14, 22, 30, 0, 1001]) {
			const { status, body } = await nodes.add("r1", code);
			statuses.set(code, `${status} ${body.error.code}`);
		}
		expect(Object.fromEntries(statuses)).toEqual({
			0: "500 timeout",
			1: "422 node-not-found",
			11: "422 temporarily-unavailable",
			13: "500 crash",
			14: "422 abort",
			22: "409 precondition-failed",
			30: "409 txn-conflict",
			1001: "500 error-1001",
		});
		const remove = { id: "c-0", f: "remove", value: 1 };
		expect((await nodes.call("r1", "POST", "/operation", remove)).body.error.code).toBe("unknown-operation");
		expect((await nodes.call("r1", "POST", "/clock", { offsetMs: 1 })).status).toBe(404);
	});

	it("that answer something else than was asked for are quoted", async () => {
		await using nodes = await startHostile("wrong-reply");
		expect(await nodes.add("r1", 1)).toMatchObject({
			status: 502,
			body: { error: { message: expect.stringContaining('answered \'add\' with {"type":"read_ok"') } },
		});
		const state = await nodes.call("r1", "GET", "/state");
		expect(state.status).toBe(502);
		expect(state.body.error.message).toContain("which has no 'value'");
	});

	it("that ask one of Maelstrom's services are told that it isn't there", async () => {
		await using nodes = await startHostile("service");
		await nodes.add("r1", 7);
		await until("its question was answered", async () => {
			return JSON.stringify((await nodes.call("r1", "GET", "/state")).body.view) === "[7,1]";
		});
		expect(nodes.log("r1")).toContain("there is no 'lin-kv' here");
	});
});

describe("a bad node", () => {
	it("may print what is no message, and lines of any length: it is logged and goes on", async () => {
		await using nodes = await startHostile("garbage");
		for (const value of [1, 2, 3]) expect((await nodes.add("r1", value)).status).toBe(200);
		expect((await nodes.call("r1", "GET", "/state")).body.view).toEqual([1, 2, 3]);
		expect(nodes.log("r1")).toContain("n1 printed on stdout what is not a message, it is not JSON");
		expect(nodes.log("r1")).toContain("Got a request!");
		expect(nodes.log("r1")).toContain("MAX_LINE_BYTES");
	});

	it("may flood stderr, which holds up nothing", async () => {
		await using nodes = await startHostile("flood");
		for (const value of [1, 2, 3]) expect((await nodes.add("r1", value)).status).toBe(200);
		await until("it flooded", () => Promise.resolve(nodes.log("r1").length > 1_000_000));
		expect((await nodes.add("r1", 4)).status).toBe(200);
	});

	it("that ends takes its replica with it, and the log says how it ended", async () => {
		await using place = await alone();
		const atOnce = await runToEnd(command("g-set", hostile, "exit"), place.env);
		expect(atOnce.code).toBe(70);
		expect(atOnce.log).toMatch(
			/cannot find my configuration\n(.*\n)*pakka node: .*hostile\.mjs exit ended: exit code 3/,
		);
		await using nodes = await startHostile("exit-later");
		await nodes.add("r1", 1).catch(() => undefined);
		await until("the bridge has ended", () =>
			Promise.resolve(/exit-later ended: exit code 4/.test(nodes.log("r1"))),
		);
	});

	it("that never answers init, or never reads, is given up after a bound that the message names, and ended", async () => {
		await using place = await alone();
		await Promise.all(
			["silent", "deaf"].map((way) =>
				expect(startHere(way, "g-set", place.env, [])).rejects.toThrow(
					"no init_ok: no-answer, the node did not answer 'init' within 1000 ms",
				),
			),
		);
	});

	it("that knows no topology takes part without one", async () => {
		await using place = await alone();
		const warned: string[] = [];
		const stop = await startHere("no-topology", "broadcast", place.env, warned);
		await stop();
		expect(warned).toEqual(["n1 takes no topology; it is told of none"]);
	});

	it("that can't be started is named, as are wrong options", async () => {
		const missing = [process.execPath, bridge, "--type", "g-set", "--", "no-such-node"];
		await using place = await alone();
		const gone = await runToEnd(missing, place.env);
		expect(gone).toMatchObject({ code: 70, log: expect.stringContaining("'no-such-node' can't be started") });
		const wrong = await runToEnd(command("or-set", hostile), place.env);
		expect(wrong).toMatchObject({ code: 64, log: expect.stringContaining("replicas.type: no workload") });
	});
});
