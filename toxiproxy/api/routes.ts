/** The routes of the HTTP API: what each method of each path does, as a function from request to reply. */
import type { ProxyCollection } from "../collection.ts";
import type { Proxy } from "../proxy.ts";
import type { Toxic } from "../toxics/toxic.ts";
import { encodePopulated, encodeProxiesByName, encodeProxy, encodeToxic, encodeToxics } from "./encode.ts";
import { ApiError, toxicNotFound } from "./errors.ts";
import { readNewToxic, readProxies, readProxy, readToxicUpdate } from "./inputs.ts";

export interface ApiContext {
	collection: ProxyCollection;
	/** What `/version` tells. */
	version: string;
}

export interface ApiRequest {
	proxy: string;
	toxic: string;
	body: string;
}

export interface Reply {
	status: number;
	contentType?: string;
	body?: string;
}

type Handler = (context: ApiContext, request: ApiRequest) => Reply | Promise<Reply>;

/** `handler` is missing when the path is known but the method is not. */
export interface Match {
	handler: Handler | undefined;
	proxy: string;
	toxic: string;
}

const NO_CONTENT: Reply = { status: 204 };

const ROUTES: readonly { path: RegExp; methods: Record<string, Handler> }[] = [
	{ path: /^\/version$/, methods: { GET: showVersion } },
	{ path: /^\/reset$/, methods: { POST: reset } },
	{ path: /^\/populate$/, methods: { POST: populate } },
	{ path: /^\/proxies$/, methods: { GET: listProxies, POST: createProxy } },
	{
		path: /^\/proxies\/(?<proxy>[^/]+)$/,
		methods: { GET: showProxy, POST: updateProxy, PATCH: updateProxy, DELETE: deleteProxy },
	},
	{ path: /^\/proxies\/(?<proxy>[^/]+)\/toxics$/, methods: { GET: listToxics, POST: createToxic } },
	{
		path: /^\/proxies\/(?<proxy>[^/]+)\/toxics\/(?<toxic>[^/]+)$/,
		methods: { GET: showToxic, POST: updateToxic, PATCH: updateToxic, DELETE: deleteToxic },
	},
];

/** @param path decoded and without a query @returns `null` for an unknown path */
export function findRoute(method: string, path: string): Match | null {
	for (const route of ROUTES) {
		const found = route.path.exec(path);
		if (found === null) continue;
		const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined;
		return { handler, proxy: found.groups?.["proxy"] ?? "", toxic: found.groups?.["toxic"] ?? "" };
	}
	return null;
}

function json(body: string, status = 200): Reply {
	return { status, contentType: "application/json", body };
}

function showVersion({ version }: ApiContext): Reply {
	return { status: 200, contentType: "application/json;charset=utf-8", body: `{"version": "${version}"}\n` };
}

async function reset({ collection }: ApiContext): Promise<Reply> {
	await collection.change(() => collection.reset());
	return NO_CONTENT;
}

async function populate({ collection }: ApiContext, { body }: ApiRequest): Promise<Reply> {
	let made: { proxies: Proxy[]; error: unknown };
	try {
		const inputs = readProxies(body);
		made = await collection.change(() => collection.populate(inputs));
	} catch (error) {
		made = { proxies: [], error };
	}
	const { proxies, error } = made;
	if (error === null) return json(encodePopulated(proxies, null), 201);
	const status = error instanceof ApiError ? error.status : 500;
	return json(encodePopulated(proxies, { message: (error as Error).message, status }), status);
}

function listProxies({ collection }: ApiContext): Reply {
	return json(encodeProxiesByName(collection.list()));
}

async function createProxy({ collection }: ApiContext, { body }: ApiRequest): Promise<Reply> {
	const input = readProxy(body, { name: "", listen: "", upstream: "", enabled: true });
	const proxy = await collection.change(() => collection.add(input));
	return json(encodeProxy(proxy), 201);
}

function showProxy({ collection }: ApiContext, request: ApiRequest): Reply {
	return json(encodeProxy(collection.get(request.proxy)));
}

async function updateProxy({ collection }: ApiContext, request: ApiRequest): Promise<Reply> {
	return collection.change(async () => {
		const proxy = collection.get(request.proxy);
		const { name, listen, upstream, enabled } = proxy;
		await proxy.update(readProxy(request.body, { name, listen, upstream, enabled }));
		return json(encodeProxy(proxy));
	});
}

async function deleteProxy({ collection }: ApiContext, request: ApiRequest): Promise<Reply> {
	await collection.change(async () => collection.remove(request.proxy));
	return NO_CONTENT;
}

function listToxics({ collection }: ApiContext, request: ApiRequest): Reply {
	return json(encodeToxics(collection.get(request.proxy).listToxics()));
}

function createToxic({ collection }: ApiContext, request: ApiRequest): Reply {
	const proxy = collection.get(request.proxy);
	const toxic = readNewToxic(request.body, (name) => proxy.findToxic(name) !== undefined);
	proxy.addToxic(toxic);
	return json(encodeToxic(toxic));
}

function showToxic({ collection }: ApiContext, request: ApiRequest): Reply {
	return json(encodeToxic(toxicOf(collection.get(request.proxy), request.toxic)));
}

function updateToxic({ collection }: ApiContext, request: ApiRequest): Reply {
	const proxy = collection.get(request.proxy);
	const toxic = toxicOf(proxy, request.toxic);
	readToxicUpdate(request.body, toxic);
	proxy.updateToxic(toxic);
	return json(encodeToxic(toxic));
}

function deleteToxic({ collection }: ApiContext, request: ApiRequest): Reply {
	const proxy = collection.get(request.proxy);
	proxy.removeToxic(toxicOf(proxy, request.toxic));
	return NO_CONTENT;
}

function toxicOf(proxy: Proxy, name: string): Toxic {
	const toxic = proxy.findToxic(name);
	if (toxic === undefined) throw toxicNotFound();
	return toxic;
}
