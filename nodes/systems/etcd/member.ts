/**
 * One etcd process, a member of the cluster of this run's replicas, as etcd comes: heartbeats every 100 ms, an election
 * after 1 s of silence, every write synced. Its disk is the replica's folder. It ends with its parent, however that ends.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import type { NodeEnvironment } from "../../sdk/environment.ts";
import { advertisedHost } from "./forward-proxy.ts";

/** In etcd's form of a URL, of which the whole rest is the file's name, in its working directory. */
const CLIENT_SOCKET = "localhost:1";

export interface Member {
	/** Relative to this process' working directory: paths of sockets must be short. */
	socket: string;
	/** Resolves with how it ended, in words. */
	ended: Promise<string>;
	end(): void;
}

/** Changes the working directory of this process to its data folder. */
export async function startMember(environment: NodeEnvironment, proxyUrl: string): Promise<Member> {
	const { id, replicas, listen, dataFolder } = environment;
	await mkdir(dataFolder, { recursive: true });
	process.chdir(dataFolder);
	const urlOf = (replica: string) => `http://${advertisedHost(replicas.indexOf(replica))}`;
	const settings = {
		name: id,
		"data-dir": "member",
		"initial-cluster": replicas.map((replica) => `${replica}=${urlOf(replica)}`).join(","),
		"initial-advertise-peer-urls": urlOf(id),
		"listen-peer-urls": `http://${listen.host}:${listen.port}`,
		"listen-client-urls": `unix://${CLIENT_SOCKET}`,
		"advertise-client-urls": `unix://${CLIENT_SOCKET}`,
		logger: "zap",
		"log-level": "warn",
	};
	const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
	const child = spawn("setpriv", ["--pdeathsig", "SIGKILL", "--", "etcd", ...args], {
		env: { ...process.env, HTTP_PROXY: proxyUrl, http_proxy: proxyUrl, NO_PROXY: "", no_proxy: "" },
		stdio: ["ignore", "inherit", "inherit"],
	});
	const ended = once(child, "exit").then(
		([code, signal]) => (signal === null ? `exit code ${code}` : `signal ${signal}`),
		(error: unknown) => `it can't be started: ${String(error)}`,
	);
	return { socket: CLIENT_SOCKET, ended, end: () => child.kill("SIGKILL") };
}
