import { appendFile, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { until } from "../../nodes/sdk/testing/cluster.ts";
import { runToEnd, startProcesses } from "../../nodes/sdk/testing/processes.ts";
import { requirement } from "../../test/requirements.ts";

const python = requirement("python");
const program = join(dirname(fileURLToPath(import.meta.url)), "gset.py");
const IDS = ["r1", "r2", "r3"];

describe.skipIf(!python.met)(`the Python replica${python.note}`, () => {
	it("converges over several lanes, and keeps what it acknowledged over SIGKILL and a torn line", async () => {
		await using nodes = await startProcesses([python.path, program], IDS);
		async function untilAllKnow(delivered: unknown): Promise<void> {
			await until("all have delivered the same", async () => {
				const states = await Promise.all(IDS.map((id) => nodes.call(id, "GET", "/state")));
				return states.every(({ body }) => JSON.stringify(body.delivered) === JSON.stringify(delivered));
			});
		}
		for (let i = 0; i < 9; i += 1) {
			const reply = await nodes.add(IDS[i % 3] as string, i % 2 === 0 ? `v${i}` : { v: [i, true] });
			expect(reply).toMatchObject({ status: 200, body: { update: Math.floor(i / 3) + 1 } });
		}
		await untilAllKnow({ r1: 3, r2: 3, r3: 3 });
		await nodes.end("r2", "SIGKILL");
		await appendFile(join(nodes.folder, "r2", "updates.jsonl"), '[["r2",4,"to');
		await nodes.add("r1", "while r2 was away");
		await nodes.start("r2");
		expect((await nodes.call("r2", "GET", "/state")).body.view.length).toBeGreaterThanOrEqual(9);
		expect((await nodes.add("r2", 1)).body.update).toBe(4);
		expect((await nodes.add("r2", true)).body.update).toBe(5);
		await untilAllKnow({ r1: 4, r2: 5, r3: 3 });
		const views = await Promise.all(IDS.map(async (id) => (await nodes.call(id, "GET", "/state")).body.view));
		expect(views[0]).toHaveLength(12);
		expect(views[1]).toEqual(views[0]);
		expect(views[2]).toEqual(views[0]);
		expect(await nodes.end("r1", "SIGTERM")).toBe(0);
	});

	it("never gives a number away twice when its disk was lost, and gets its old updates back", async () => {
		await using nodes = await startProcesses([python.path, program], IDS.slice(0, 2), 1);
		await nodes.add("r1", "before");
		await until("r2 knows it", async () => (await nodes.call("r2", "GET", "/state")).body.view.length === 1);
		await nodes.end("r1", "SIGKILL");
		await rm(join(nodes.folder, "r1"), { recursive: true });
		await nodes.start("r1");
		expect((await nodes.add("r1", "after")).body.update).toBe(1_000_001);
		await until("its old update came back", async () => {
			const { delivered } = (await nodes.call("r1", "GET", "/state")).body;
			return JSON.stringify(delivered["r1"]) === "[[1,1],[1000001,1000001]]";
		});
	});

	it("refuses mistakes with 4xx, closes garbage, and goes on", async () => {
		await using nodes = await startProcesses([python.path, program], ["r1"]);
		const post = (body: unknown) => nodes.call("r1", "POST", "/operation", body);
		expect((await nodes.call("r1", "GET", "/journal?after=0")).status).toBe(404);
		expect((await post("{")).status).toBe(400);
		expect((await post("[]")).status).toBe(400);
		expect((await post('{"id":"a","f":"add","value":NaN}')).status).toBe(400);
		expect(await post({ id: "a", f: "remove", value: 1 })).toMatchObject({
			status: 422,
			body: { error: { code: "unknown-operation" } },
		});
		expect((await post({ id: "a", f: "add", value: "x".repeat(2_000_000) })).status).toBe(413);
		expect((await post({ id: "b", f: "read" })).body).toEqual({ value: [], delivered: { r1: 0 } });
		const peerPort = nodes.peerPort("r1");
		await new Promise<void>((resolve) => {
			const socket = createConnection(peerPort, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n"));
			socket.on("close", () => resolve());
		});
		expect((await nodes.call("r1", "GET", "/health")).status).toBe(200);
	});

	it("names what is missing in its environment and ends with 64", async () => {
		const { code, log } = await runToEnd([python.path, program], { PAKKA_ID: "r1" });
		expect(code).toBe(64);
		expect(log).toContain("PAKKA_REPLICAS");
	});
});
