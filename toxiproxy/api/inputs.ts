/** Request bodies: what a proxy, a list of proxies, a new toxic and a toxic update are read from. */
import type { ProxyInput } from "../collection.ts";
import { toxicKind } from "../toxics/registry.ts";
import type { Direction, Toxic } from "../toxics/toxic.ts";
import { Decoder, type Fields, parseBody } from "./decode.ts";
import { alreadyExists, invalidStream, invalidToxicType } from "./errors.ts";
import type { JsonValue } from "./parse-json.ts";

const POPULATE_ITEM = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';

/** @param defaults what fields that are not in the body stay at @throws ApiError 400 */
export function readProxy(body: string, defaults: ProxyInput): ProxyInput {
	const decoder = new Decoder();
	const input = { ...defaults };
	decoder.object(
		parseBody(body),
		"Go value of type toxiproxy.Proxy",
		proxyFields(decoder, input, "Proxy", "Proxy"),
	);
	decoder.finish();
	return input;
}

/** @throws ApiError 400 */
export function readProxies(body: string): ProxyInput[] {
	const decoder = new Decoder();
	const items = decoder.array(parseBody(body), `Go value of type []${POPULATE_ITEM}`);
	const inputs = items.map((item) => {
		const input = { name: "", listen: "", upstream: "", enabled: true };
		decoder.object(item, `Go value of type ${POPULATE_ITEM}`, proxyFields(decoder, input, ".Proxy", ""));
		return input;
	});
	decoder.finish();
	return inputs;
}

function proxyFields(decoder: Decoder, input: ProxyInput, path: string, enabledPath: string): Fields {
	return {
		name: (value) => {
			input.name = decoder.string(value, `${path}.name`) ?? input.name;
		},
		listen: (value) => {
			input.listen = decoder.string(value, `${path}.listen`) ?? input.listen;
		},
		upstream: (value) => {
			input.upstream = decoder.string(value, `${path}.upstream`) ?? input.upstream;
		},
		enabled: (value) => {
			input.enabled = decoder.bool(value, `${enabledPath}.enabled`) ?? input.enabled;
		},
		Logger: (value) => decoder.object(value, `Go struct field ${path}.Logger of type zerolog.Logger`, {}),
	};
}

/**
 * Checks in the real server's order: body, stream, type, name, attributes.
 * @param isTaken whether the proxy has a toxic of that name
 * @throws ApiError 400 or 409
 */
export function readNewToxic(body: string, isTaken: (name: string) => boolean): Toxic {
	const value = parseBody(body);
	const decoder = new Decoder();
	const input = { name: "", type: "", stream: "downstream", toxicity: 1 };
	let attributes: JsonValue = { kind: "null" };
	decoder.object(value, "Go value of type toxics.ToxicWrapper", {
		attributes: (item) => {
			attributes = item;
			decoder.object(item, "Go struct field ToxicWrapper.attributes of type toxics.NoopToxic", {});
		},
		name: (item) => {
			input.name = decoder.string(item, "ToxicWrapper.name") ?? input.name;
		},
		type: (item) => {
			input.type = decoder.string(item, "ToxicWrapper.type") ?? input.type;
		},
		stream: (item) => {
			input.stream = decoder.string(item, "ToxicWrapper.stream") ?? input.stream;
		},
		toxicity: (item) => {
			input.toxicity = decoder.float32(item, "ToxicWrapper.toxicity") ?? input.toxicity;
		},
	});
	decoder.finish();

	const direction = readDirection(input.stream);
	const kind = toxicKind(input.type);
	if (kind === undefined) throw invalidToxicType();
	const name = input.name === "" ? `${input.type}_${input.stream}` : input.name;
	if (isTaken(name)) throw alreadyExists("toxic");

	const toxic: Toxic = {
		name,
		kind,
		stream: input.stream,
		direction,
		toxicity: input.toxicity,
		attributes: new Map(),
	};
	readAttributes(decoder, attributes, toxic);
	decoder.finish();
	return toxic;
}

/**
 * Merges attributes and toxicity into `toxic`. As in the real server, attributes that are fine are applied even when
 * the body has a mistake elsewhere.
 * @throws ApiError 400
 */
export function readToxicUpdate(body: string, toxic: Toxic): void {
	const decoder = new Decoder();
	let { toxicity } = toxic;
	decoder.object(parseBody(body), "Go value of type struct", {
		attributes: (item) => readAttributes(decoder, item, toxic),
		toxicity: (item) => {
			toxicity = decoder.float32(item, ".toxicity") ?? toxicity;
		},
	});
	decoder.finish();
	toxic.toxicity = toxicity;
}

function readAttributes(decoder: Decoder, value: JsonValue, { kind, attributes }: Toxic): void {
	const fields: Fields = {};
	for (const { name, goType } of kind.attributes) {
		fields[name] = (item) => {
			const number = decoder.integer(item, `${kind.goName}.attributes.${name}`, goType);
			if (number !== undefined) attributes.set(name, number);
		};
	}
	decoder.object(value, `Go struct field .attributes of type toxics.${kind.goName}`, fields);
}

function readDirection(stream: string): Direction {
	const direction = stream.toLowerCase();
	if (direction !== "upstream" && direction !== "downstream") throw invalidStream();
	return direction;
}
