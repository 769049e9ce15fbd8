/** `pakka doctor`: what this machine has, and what each lack costs. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { request } from "undici";
import { engineAddress } from "../../controller/runtimes/docker/engine-address.ts";
import { EXIT } from "../exit-codes.ts";
import { findOnPath } from "../on-path.ts";

interface Finding {
	subject: string;
	/** `missing` costs a feature; `broken` means that the main job can't be done. */
	state: "ok" | "missing" | "broken";
	detail: string;
	/** What the lack costs and what to do. */
	advice?: string;
}

const PROBE_TIMEOUT_MS = 3_000;
const MINIMUM_NODE = [20, 19] as const;

export async function doctor(options: { json: boolean }): Promise<number> {
	const findings = [
		findNode(),
		await findLoopback(),
		await findTemporaryFolder(),
		await findToxiproxy(),
		await findDocker(),
		findProgram("python3", "replicas written in Python (scenarios/library has one)"),
	];
	if (options.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
	else process.stdout.write(findings.map(printFinding).join(""));
	return findings.some(({ state }) => state === "broken") ? EXIT.harness : EXIT.met;
}

function printFinding({ subject, state, detail, advice }: Finding): string {
	const mark = { ok: pc.green("✓"), missing: pc.yellow("–"), broken: pc.red("✗") }[state];
	return `${mark} ${subject.padEnd(18)} ${detail}\n${advice === undefined ? "" : `${" ".repeat(21)}${advice}\n`}`;
}

function findNode(): Finding {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const recent = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
	const finding = { subject: "Node.js", detail: `${process.version} on ${process.platform} ${process.arch}` };
	if (!recent)
		return { ...finding, state: "broken", advice: `Pakka needs ${MINIMUM_NODE.join(".")} or newer.` };
	return process.platform === "win32"
		? { ...finding, state: "broken", advice: "Pausing and killing need POSIX signals: use WSL." }
		: { ...finding, state: "ok" };
}

function findLoopback(): Promise<Finding> {
	return new Promise((resolve) => {
		const server = createServer((socket) => socket.end());
		const failed = (error: Error): void =>
			resolve({
				subject: "Loopback TCP",
				state: "broken",
				detail: error.message,
				advice: "Replicas talk over 127.0.0.1: allow programs to listen there.",
			});
		server.once("error", failed);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			const port = typeof address === "object" && address !== null ? address.port : 0;
			const socket = connect(port, "127.0.0.1");
			socket.setTimeout(PROBE_TIMEOUT_MS, () => socket.destroy(new Error("no connection to 127.0.0.1")));
			socket.once("error", failed);
			socket.once("close", () => server.close());
			socket.once("connect", () => {
				socket.destroy();
				resolve({ subject: "Loopback TCP", state: "ok", detail: "ports can be opened on 127.0.0.1" });
			});
		});
	});
}

async function findTemporaryFolder(): Promise<Finding> {
	try {
		await rm(await mkdtemp(join(tmpdir(), "pakka-doctor-")), { recursive: true });
		return { subject: "Temporary files", state: "ok", detail: tmpdir() };
	} catch (error) {
		return {
			subject: "Temporary files",
			state: "broken",
			detail: String(error),
			advice: "Replicas keep their data there: set TMPDIR to a folder that can be written.",
		};
	}
}

async function findToxiproxy(): Promise<Finding> {
	const subject = "Toxiproxy";
	const url = process.env["TOXIPROXY_URL"];
	if (url !== undefined && url !== "") {
		const version = await probe(new URL("/version", url).href);
		return version.ok
			? { subject, state: "ok", detail: `TOXIPROXY_URL ${url} answers ${version.text.trim()}` }
			: {
					subject,
					state: "broken",
					detail: `TOXIPROXY_URL is ${url}, and ${version.text}`,
					advice: "Start that server, or unset TOXIPROXY_URL.",
				};
	}
	const path = findOnPath("toxiproxy-server");
	return path === null
		? { subject, state: "ok", detail: "embedded server (no toxiproxy-server on PATH, none needed)" }
		: { subject, state: "ok", detail: path };
}

async function findDocker(): Promise<Finding> {
	const subject = "Docker engine";
	const { url } = engineAddress(process.env);
	try {
		const { probeEngine } = await import("../../controller/runtimes/docker/probe.ts");
		const { version } = await probeEngine(process.env);
		return { subject, state: "ok", detail: `${version} at ${url}` };
	} catch (error) {
		const advice = "Costs --runtime docker only.";
		return {
			subject,
			state: "missing",
			detail: error instanceof Error ? error.message : String(error),
			advice,
		};
	}
}

function findProgram(name: string, use: string): Finding {
	const path = findOnPath(name);
	return path === null
		? { subject: name, state: "missing", detail: "not on PATH", advice: `Costs ${use}.` }
		: { subject: name, state: "ok", detail: path };
}

type Answer = { ok: boolean; text: string };

async function probe(url: string): Promise<Answer> {
	try {
		const { statusCode, body } = await request(url, {
			signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
		});
		const text = await body.text();
		return statusCode === 200 ? { ok: true, text } : { ok: false, text: `it answers ${statusCode}` };
	} catch (error) {
		return { ok: false, text: error instanceof Error ? error.message : String(error) };
	}
}
