/**
 * Sums of floats without rounding, and one rounding at the end. A double is a whole multiple of 2^-1074, the smallest of
 * them; as such BigInt adds it exactly, so that order and grouping cannot matter (the idea of the long accumulator of Kulisch and
 * Miranker 1986, "The arithmetic of the digital computer: a new approach", SIAM Review 28). Cost: O(2,100 bits) for an addition.
 */

const SMALLEST_EXPONENT = -1074;
const FRACTION_BITS = 52n;
const SIGNIFICANT_BITS = 53;

const word = new DataView(new ArrayBuffer(8));

/** @param value finite @returns how many times 2^-1074 it is */
export function toUnits(value: number): bigint {
	word.setFloat64(0, value);
	const bits = word.getBigUint64(0);
	const exponent = (bits >> FRACTION_BITS) & 0x7ffn;
	const fraction = bits & ((1n << FRACTION_BITS) - 1n);
	const size = exponent === 0n ? fraction : (fraction | (1n << FRACTION_BITS)) << (exponent - 1n);
	return value < 0 ? -size : size;
}

/** The double nearest to `numerator / denominator` times 2^-1074; of two that are equally near the even one. Zero is never -0. */
export function nearest(numerator: bigint, denominator: bigint): number {
	if (numerator === 0n) return 0;
	const size = numerator < 0n ? -numerator : numerator;
	const shift = Math.max(0, bitLength(size / denominator) - SIGNIFICANT_BITS);
	const step = denominator << BigInt(shift);
	const quotient = size / step;
	const twiceRest = (size % step) * 2n;
	const up = twiceRest > step || (twiceRest === step && (quotient & 1n) === 1n);
	const value = Number(up ? quotient + 1n : quotient) * 2 ** (SMALLEST_EXPONENT + shift);
	return numerator < 0n ? -value : value;
}

function bitLength(value: bigint): number {
	const digits = value.toString(16);
	return (digits.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(digits[0] as string, 16)));
}
