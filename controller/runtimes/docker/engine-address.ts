/**
 * Which Docker engine is spoken to, found as the `docker` command finds it: `DOCKER_HOST`, else the current context, else
 * the usual socket. Left out on purpose: ssh, because ports published there can't be reached from here.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const DEFAULT_SOCKET = "/var/run/docker.sock";

/** Plain data: it is written into the run's registry file, so that a watchdog finds the same engine. */
export interface EngineAddress {
	/** `unix:///path`, `npipe:////./pipe/name`, `tcp://host:port`. */
	url: string;
	/** Folder with ca.pem, cert.pem and key.pem; null: no TLS. */
	certificates: string | null;
}

export function engineAddress(env: NodeJS.ProcessEnv): EngineAddress {
	const named = env["DOCKER_HOST"] ?? "";
	if (named !== "") {
		const url = named.includes("://") ? named : `tcp://${named}`;
		return { url, certificates: certificatesOf(env, url) };
	}
	return contextAddress(env) ?? { url: defaultUrl(), certificates: null };
}

/** Containers' published ports are on this machine. */
export function isLocalEngine({ url }: EngineAddress): boolean {
	if (!url.startsWith("tcp:")) return true;
	const host = engineHost({ url });
	return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

/** Where published ports are reached. */
export function engineHost({ url }: Pick<EngineAddress, "url">): string {
	return url.startsWith("tcp:") ? new URL(url.replace(/^tcp:/, "http:")).hostname : "127.0.0.1";
}

function certificatesOf(env: NodeJS.ProcessEnv, url: string): string | null {
	const wanted = (env["DOCKER_TLS_VERIFY"] ?? "") !== "" || url.endsWith(":2376");
	if (!url.startsWith("tcp:") || !wanted) return null;
	const folder = env["DOCKER_CERT_PATH"] ?? "";
	return folder === "" ? join(configFolder(env), "") : folder;
}

function configFolder(env: NodeJS.ProcessEnv): string {
	const folder = env["DOCKER_CONFIG"] ?? "";
	return folder === "" ? join(homedir(), ".docker") : folder;
}

/** Docker Desktop and its like set a context, so that plain `docker` works. */
function contextAddress(env: NodeJS.ProcessEnv): EngineAddress | null {
	const folder = configFolder(env);
	const named = env["DOCKER_CONTEXT"] ?? "";
	const name = named === "" ? readJson(join(folder, "config.json"))["currentContext"] : named;
	if (typeof name !== "string" || name === "" || name === "default") return null;
	const id = createHash("sha256").update(name).digest("hex");
	const endpoints = readJson(join(folder, "contexts", "meta", id, "meta.json"))["Endpoints"];
	const url = (endpoints as { docker?: { Host?: unknown } } | undefined)?.docker?.Host;
	if (typeof url !== "string" || url === "") return null;
	const certificates = join(folder, "contexts", "tls", id, "docker");
	return { url, certificates: existsSync(certificates) ? certificates : null };
}

function readJson(path: string): Record<string, unknown> {
	try {
		return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
	} catch {
		return {};
	}
}

function defaultUrl(): string {
	if (process.platform === "win32") return "npipe:////./pipe/docker_engine";
	const ofUser = join(homedir(), ".docker", "run", "docker.sock");
	return `unix://${!existsSync(DEFAULT_SOCKET) && existsSync(ofUser) ? ofUser : DEFAULT_SOCKET}`;
}
