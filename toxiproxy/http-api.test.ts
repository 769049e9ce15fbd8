/**
 * The whole HTTP API as a real Toxiproxy 2.12.0 answered it, step by step, played against a fresh server.
 * `testing/http-api.golden.json` tells in its `meta` how it was recorded.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { flavours, freePort } from "./testing/servers.ts";

interface Step {
	id: string;
	request: { method: string; path: string; body?: string; headers?: Record<string, string> };
	response: { status: number; text: string; headers: Record<string, string | null> };
}

const golden = JSON.parse(readFileSync(new URL("testing/http-api.golden.json", import.meta.url), "utf8")) as {
	groups: { group: string; steps: Step[] }[];
};

const COMPARED_HEADERS = ["content-type", "x-content-type-options", "location"];
const PLACEHOLDER = /\{\{(\w+)\}\}/g;

describe.each(flavours())("the recorded HTTP API, on $name", ({ available, start }) => {
	it.skipIf(!available).each(golden.groups)("answers alike: $group", async ({ steps }) => {
		await using server = await start();
		const busy = createServer();
		await once(busy.listen(0, "127.0.0.1"), "listening");
		const ports = await choosePorts(steps, busy);
		try {
			for (const step of steps) {
				const { method, path, body, headers } = step.request;
				const reply = await send(server.url, method, path, fillIn(body, ports), headers ?? {});
				learnPorts(step.response.text, reply.text, ports);
				const { status, text } = step.response;
				expect({ id: step.id, status: reply.status, text: comparable(reply.text) }).toEqual({
					id: step.id,
					status,
					text: comparable(fillIn(text, ports) ?? ""),
				});
				for (const name of COMPARED_HEADERS) {
					expect(reply.headers[name] ?? null, `${step.id}: ${name}`).toBe(
						step.response.headers[name] ?? null,
					);
				}
				const id = reply.headers["x-toxiproxy-request-id"] === undefined ? null : "<id>";
				expect(id, `${step.id}: request id`).toBe(step.response.headers["x-toxiproxy-request-id"]);
			}
		} finally {
			busy.close();
		}
	});
});

async function choosePorts(
	steps: Step[],
	busy: ReturnType<typeof createServer>,
): Promise<Map<string, number>> {
	const ports = new Map([["BUSY", (busy.address() as AddressInfo).port]]);
	for (const [, name] of JSON.stringify(steps).matchAll(/\{\{(P\d+)\}\}/g)) {
		if (name !== undefined && !ports.has(name)) ports.set(name, await freePort());
	}
	return ports;
}

function fillIn(text: string | undefined, ports: Map<string, number>): string | undefined {
	return text?.replace(PLACEHOLDER, (placeholder, name: string) => String(ports.get(name) ?? placeholder));
}

/** Ports that the server chose are `port1`, `port2` …: whatever they are at first sight, they stay. */
function learnPorts(expected: string, found: string, ports: Map<string, number>): void {
	for (const [address, name] of expected.matchAll(/(?<=:)\{\{(port\d+)\}\}/g)) {
		if (name === undefined || ports.has(name)) continue;
		const known = fillIn(expected.slice(0, expected.indexOf(address)), ports) ?? "";
		const port = /^\d+/.exec(found.slice(known.length))?.[0];
		if (port !== undefined) ports.set(name, Number(port));
	}
}

/** What follows `json: ` is the wording of one version of Go's decoder. */
function comparable(text: string): string {
	return text.replace(/json: .*?(?=","status")/, "json: …");
}

function send(
	url: string,
	method: string,
	path: string,
	body: string | undefined,
	headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }> {
	const { hostname, port } = new URL(url);
	return new Promise((resolve, reject) => {
		const outgoing = request({ hostname, port, method, path, headers: { ...headers } }, (incoming) => {
			let text = "";
			incoming.setEncoding("utf8").on("data", (data: string) => {
				text += data;
			});
			incoming.on("end", () =>
				resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
			);
		});
		outgoing.on("error", reject);
		if (body !== undefined) {
			outgoing.setHeader("content-length", Buffer.byteLength(body));
			outgoing.write(body);
		}
		outgoing.end();
	});
}
