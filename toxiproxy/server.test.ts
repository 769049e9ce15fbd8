import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import { startToxiproxy } from "./index.ts";
import { Api } from "./testing/api.ts";
import { until } from "./testing/peers.ts";
import { Scene } from "./testing/scene.ts";

const MANY_PROXIES = 1_000;

describe("startToxiproxy", () => {
	it("listens on 127.0.0.1 and tells where", async () => {
		await using server = await startToxiproxy({ port: 0 });
		expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
		expect((await fetch(`${server.url}/version`)).status).toBe(200);
	});

	it("says so when the port is taken", async () => {
		await using server = await startToxiproxy({ port: 0 });
		await expect(startToxiproxy({ port: server.port })).rejects.toThrow(
			`Toxiproxy's API can't listen on 127.0.0.1:${server.port}: another server has it`,
		);
	});

	it("ends the API, the proxies and their connections on close, more than once if asked", async () => {
		const server = await startToxiproxy({ port: 0 });
		const proxy = await Scene.start(server.url);
		const { client, server: peer } = await proxy.connect();
		await server.close();
		await server.close();
		await client.end();
		await peer.end();
		await expect(proxy.dial()).rejects.toThrow("ECONNREFUSED");
		await expect(fetch(server.url)).rejects.toThrow("fetch failed");
		await proxy.upstream[Symbol.asyncDispose]();
	});

	it("spares and hits the same connections with the same seed (seed 11)", async () => {
		const run = async (): Promise<boolean[]> => {
			await using server = await startToxiproxy({ port: 0, seed: 11 });
			await using proxy = await Scene.start(server.url);
			await proxy.addToxic({ type: "limit_data", stream: "upstream", toxicity: 0.5 });
			const spared: boolean[] = [];
			for (let index = 0; index < 16; index++) {
				const { client, server: peer } = await proxy.connect();
				client.socket.write("x");
				await until(() => peer.ended !== "open" || peer.text === "x", "the fate of a connection");
				spared.push(peer.text === "x");
			}
			return spared;
		};
		const first = await run();
		expect(new Set(first).size).toBe(2);
		expect(await run()).toEqual(first);
	});

	it(`has ${MANY_PROXIES} proxies from one populate`, async () => {
		await using server = await startToxiproxy({ port: 0 });
		const api = new Api(server.url);
		const wanted = Array.from({ length: MANY_PROXIES }, (_, index) => ({
			name: `p${index}`,
			listen: "127.0.0.1:0",
			upstream: "127.0.0.1:9",
		}));
		await api.call("POST", "/populate", wanted);
		expect(Object.keys((await api.call("GET", "/proxies")) as object)).toHaveLength(MANY_PROXIES);
	});
});

describe("the process of its own", () => {
	it("prints its URL, serves, and exits 0 on SIGTERM", async () => {
		const child = spawn(process.execPath, [builtEntry("toxiproxy/main.ts"), "--port", "0"], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const exited = once(child, "exit");
		const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
		const { url } = JSON.parse(line) as { url: string };
		await new Api(url).createProxy("p", "127.0.0.1:9");
		child.kill("SIGTERM");
		expect(await exited).toEqual([0, null]);
	});

	it("ends with its parent when asked to", async () => {
		const main = JSON.stringify([builtEntry("toxiproxy/main.ts"), "--port", "0", "--with-parent"]);
		const script = `require("node:child_process").spawn(process.execPath, ${main}, { stdio: "inherit" })`;
		const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
		const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
		const { url } = JSON.parse(line) as { url: string };
		parent.kill("SIGKILL");
		await expect
			.poll(
				() =>
					fetch(url).then(
						() => "alive",
						() => "gone",
					),
				{ timeout: 5_000 },
			)
			.toBe("gone");
	});
});
