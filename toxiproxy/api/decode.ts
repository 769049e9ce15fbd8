/**
 * Reads typed fields out of parsed JSON by the real server's rules: keys match whatever their case, unknown ones are
 * ignored, `null` leaves a field as it is, and after a wrong type the other fields are still read: only the first
 * mistake is told, at the end.
 */
import { badRequestBody } from "./errors.ts";
import { JsonSyntaxError, type JsonValue, parseFirstValue } from "./parse-json.ts";

/** What happens to the value of each known key. */
export type Fields = Record<string, (value: JsonValue) => void>;

const LOWEST_INT64 = -(2n ** 63n);
const HIGHEST_INT64 = 2n ** 63n - 1n;

/** @throws ApiError 400 when `body` does not begin with a JSON value */
export function parseBody(body: string): JsonValue {
	try {
		return parseFirstValue(body);
	} catch (error) {
		if (error instanceof JsonSyntaxError) throw badRequestBody(error.message);
		throw error;
	}
}

export class Decoder {
	#mistake: string | null = null;

	/** @throws ApiError 400 that tells the first mistake */
	finish(): void {
		if (this.#mistake !== null) throw badRequestBody(this.#mistake);
	}

	/** @param into what the value was to be, in the real server's words, e.g. `Go value of type toxiproxy.Proxy` */
	object(value: JsonValue, into: string, fields: Fields): void {
		if (value.kind === "null") return;
		if (value.kind !== "object") return this.#wrong(value, into);
		for (const [key, item] of value.entries) {
			const name = Object.hasOwn(fields, key)
				? key
				: Object.keys(fields).find((field) => fold(field) === fold(key));
			if (name !== undefined) fields[name]?.(item);
		}
	}

	array(value: JsonValue, into: string): JsonValue[] {
		if (value.kind === "array") return value.items;
		if (value.kind !== "null") this.#wrong(value, into);
		return [];
	}

	/** These return `undefined` when the field is to stay as it is. */
	string(value: JsonValue, field: string): string | undefined {
		if (value.kind === "string") return value.value;
		return this.#unless(value, `${field} of type string`);
	}

	bool(value: JsonValue, field: string): boolean | undefined {
		if (value.kind === "bool") return value.value;
		return this.#unless(value, `${field} of type bool`);
	}

	integer(value: JsonValue, field: string, goType: string): bigint | undefined {
		if (value.kind === "number" && /^-?\d+$/.test(value.literal)) {
			const number = BigInt(value.literal);
			if (number >= LOWEST_INT64 && number <= HIGHEST_INT64) return number;
		}
		return this.#unless(value, `${field} of type ${goType}`, true);
	}

	float32(value: JsonValue, field: string): number | undefined {
		if (value.kind === "number") {
			const number = Math.fround(Number(value.literal));
			if (Number.isFinite(number)) return number;
		}
		return this.#unless(value, `${field} of type float32`, true);
	}

	#unless(value: JsonValue, into: string, showNumber = false): undefined {
		if (value.kind !== "null") this.#wrong(value, `Go struct field ${into}`, showNumber);
		return undefined;
	}

	#wrong(value: JsonValue, into: string, showNumber = false): void {
		const found = value.kind === "number" && showNumber ? `number ${value.literal}` : value.kind;
		this.#mistake ??= `json: cannot unmarshal ${found} into ${into}`;
	}
}

function fold(key: string): string {
	return key.toUpperCase().toLowerCase();
}
