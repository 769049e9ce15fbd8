/**
 * Plain data to bytes and back: what the durable log and the peer protocol store and send. MessagePack, with
 * numbers always as 64-bit floats, because its integers would turn -0 into 0 and make two replicas differ that
 * hold the same value. `undefined` in an object is left out, as in JSON.
 *
 * Known: JSON values and Uint8Array. Refused by throwing: bigint, symbols, functions, nesting over
 * {@link MAX_DEPTH}. Strings that are not well-formed UTF-16 and keys named `__proto__` would not survive the way
 * there and back; the control server refuses operations that hold them.
 */
import { decode, decodeMulti, encode } from "@msgpack/msgpack";

export const MAX_DEPTH = 200;

export function encodePlain(value: unknown): Uint8Array {
	return encode(value, { forceIntegerToFloat: true, ignoreUndefined: true, maxDepth: MAX_DEPTH });
}

/** @throws when the bytes are not exactly one encoded value */
export function decodePlain(bytes: Uint8Array): unknown {
	return decode(unpooled(bytes));
}

/** Several values, one behind the other. @throws when the last one is cut off or any is malformed */
export function decodeAllPlain(bytes: Uint8Array): unknown[] {
	return [...decodeMulti(unpooled(bytes))];
}

/** The decoder hands out views of its input, of the same class: never a Buffer, which Node might reuse. */
function unpooled(bytes: Uint8Array): Uint8Array {
	return Buffer.isBuffer(bytes) ? new Uint8Array(bytes) : bytes;
}
