/**
 * The set, kept in etcd: an element is a key, in JSON. Speaks the JSON gateway of etcd's v3 API over the member's Unix
 * socket.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import type { Json } from "../../sdk/replica.ts";

/** Without a majority etcd would keep a caller waiting for 7 s. */
const ANSWER_WITHIN_MS = 1_000;
const PREFIX = "element/";
/** The first key behind all that begin with {@link PREFIX}. */
const BEHIND_PREFIX = "element0";

export interface EtcdClient {
	/** Resolves when a majority has it on disk. @throws when that is not known within a second */
	add(element: Json): Promise<void>;
	/**
	 * @param of `majority`: linearizable; `own copy`: what this member has applied, however old
	 * @throws when there is no answer within a second
	 */
	read(of: "majority" | "own copy"): Promise<Json[]>;
}

/** @param socketPath of the member's client URL */
export function etcdClient(socketPath: string): EtcdClient {
	const agent = new Agent({ keepAlive: true });
	const call = (path: string, body: unknown): Promise<string> =>
		new Promise((resolve, reject) => {
			const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
			const options = { socketPath, path, method: "POST", agent, signal };
			const calling = request(options, (response) => {
				textOf(response).then((text) => {
					if (response.statusCode === 200) resolve(text);
					else reject(new Error(`etcd answered ${response.statusCode}: ${text}`));
				}, reject);
			});
			calling.on("error", (error) => {
				const late = `etcd did not answer within ANSWER_WITHIN_MS = ${ANSWER_WITHIN_MS} ms`;
				reject(signal.aborted ? new Error(late) : error);
			});
			calling.end(JSON.stringify(body));
		});
	return {
		async add(element) {
			await call("/v3/kv/put", { key: encode(PREFIX + JSON.stringify(element)) });
		},
		async read(of) {
			const text = await call("/v3/kv/range", {
				key: encode(PREFIX),
				range_end: encode(BEHIND_PREFIX),
				keys_only: true,
				serializable: of === "own copy",
			});
			const { kvs = [] } = JSON.parse(text) as { kvs?: { key: string }[] };
			return kvs.map(
				({ key }) => JSON.parse(Buffer.from(key, "base64").toString().slice(PREFIX.length)) as Json,
			);
		},
	};
}

function encode(text: string): string {
	return Buffer.from(text).toString("base64");
}

async function textOf(response: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks).toString("utf8");
}
