/**
 * A Docker engine behind dockerode, which has no time-outs of its own: every call is bounded here, and its error says which
 * engine was asked for what. Left out on purpose: images. Nothing is ever pulled.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { join } from "node:path";
import { inspect } from "node:util";
import Docker from "dockerode";
import type { EngineAddress } from "./engine-address.ts";

/** The engine serialises starts: a dozen at once take it some seconds. */
const CALL_TIMEOUT_MS = 30_000;
const PING_TIMEOUT_MS = 5_000;

export interface Engine extends AsyncDisposable {
	readonly docker: Docker;
	readonly address: EngineAddress;
	/**
	 * @param what for the error, such as "start container x"
	 * @throws EngineError
	 */
	call<T>(what: string, action: (docker: Docker) => Promise<T>, timeoutMs?: number): Promise<T>;
	/** As `call`, but these HTTP statuses are fine and give null: 404 for what is gone already, and the like. */
	attempt<T>(
		what: string,
		statuses: readonly number[],
		action: (docker: Docker) => Promise<T>,
	): Promise<T | null>;
}

/** A call that failed. `status` is null when the engine did not answer. */
export class EngineError extends Error {
	readonly status: number | null;

	constructor(message: string, status: number | null, cause?: unknown) {
		super(message, { cause });
		this.name = "EngineError";
		this.status = status;
	}
}

/** Nothing is sent yet. @throws EngineError when an engine at such an address can't be spoken to */
export function connectEngine(address: EngineAddress): Engine {
	const agent = address.certificates === null ? new HttpAgent() : new HttpsAgent();
	// docker-modem inspects a request's options to any depth, agent and sockets included, also where nobody reads its debug log:
	// some hundred milliseconds of a run's start.
	Object.assign(agent, { [inspect.custom]: () => "Agent" });
	const docker = new Docker({ ...dockerodeOptions(address), agent } as Docker.DockerOptions);

	async function call<T>(
		what: string,
		action: (docker: Docker) => Promise<T>,
		timeoutMs = CALL_TIMEOUT_MS,
	): Promise<T> {
		let timer: NodeJS.Timeout | undefined;
		const tooLate = new Promise<never>((_, reject) => {
			timer = setTimeout(
				() => reject(unreachable(address, `${what}: no answer within ${timeoutMs} ms`, null)),
				timeoutMs,
			);
		});
		try {
			return await Promise.race([action(docker), tooLate]);
		} catch (error) {
			throw error instanceof EngineError ? error : explain(address, what, error);
		} finally {
			clearTimeout(timer);
		}
	}

	return {
		docker,
		address,
		call,
		async attempt(what, statuses, action) {
			try {
				return await call(what, action);
			} catch (error) {
				if (error instanceof EngineError && error.status !== null && statuses.includes(error.status))
					return null;
				throw error;
			}
		},
		// Ends what is still under way, also calls that nobody waits for any more.
		[Symbol.asyncDispose]: async () => agent.destroy(),
	};
}

/** @returns the engine's version. @throws EngineError that says what to do when none answers */
export async function requireEngine(engine: Engine): Promise<string> {
	const { Version } = await engine.call("GET /version", (docker) => docker.version(), PING_TIMEOUT_MS);
	return Version;
}

function dockerodeOptions({ url, certificates }: EngineAddress): Record<string, unknown> {
	const scheme = url.slice(0, url.indexOf("://"));
	// An empty host, because otherwise dockerode would take the one of DOCKER_HOST.
	if (scheme === "unix" || scheme === "npipe") {
		return { host: "", socketPath: url.slice(`${scheme}://`.length), protocol: "http" };
	}
	if (scheme !== "tcp" && scheme !== "http" && scheme !== "https") {
		throw new EngineError(
			`the Docker engine at ${url} can't be used: expected unix://, npipe:// or tcp://, found ${scheme}://. ` +
				"Set DOCKER_HOST to such an address; --runtime process needs no engine.",
			null,
		);
	}
	const { hostname, port } = new URL(url.replace(/^tcp:/, "http:"));
	const tls = certificates === null ? {} : readCertificates(certificates);
	const protocol = certificates === null && scheme !== "https" ? "http" : "https";
	return { host: hostname, port: port || (protocol === "https" ? "2376" : "2375"), protocol, ...tls };
}

function readCertificates(folder: string): { ca: Buffer; cert: Buffer; key: Buffer } {
	const read = (name: string) => readFileSync(join(folder, name));
	try {
		return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
	} catch (error) {
		throw new EngineError(
			`the Docker engine wants TLS, but ${(error as Error).message}. Set DOCKER_CERT_PATH.`,
			null,
		);
	}
}

function explain(address: EngineAddress, what: string, error: unknown): EngineError {
	const { statusCode, json, message } = error as { statusCode?: number; json?: unknown; message?: string };
	if (typeof statusCode !== "number")
		return unreachable(address, `${what}: ${message ?? String(error)}`, error);
	const words = (json as { message?: unknown } | null | undefined)?.message;
	const text = typeof words === "string" ? words : (message ?? "");
	return new EngineError(
		`${what}: the Docker engine answered ${statusCode}, ${text.trim()}`,
		statusCode,
		error,
	);
}

function unreachable({ url }: EngineAddress, why: string, cause: unknown): EngineError {
	return new EngineError(
		`the Docker engine at ${url} does not answer (${why}). Start Docker, or set DOCKER_HOST to where it listens; ` +
			"--runtime process needs no engine.",
		null,
		cause,
	);
}
