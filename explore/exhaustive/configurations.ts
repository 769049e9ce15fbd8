/**
 * The configurations that a search has visited: tuples of small integers, each with the step that first led to it.
 * Open addressing over typed arrays: about 40 bytes for a configuration of three, where a Map of texts takes 200.
 */

export interface Configurations {
	readonly count: number;
	/** @returns the tuple's index, and whether it is new; `by` is noted for new ones only */
	add(tuple: ArrayLike<number>, parent: number, by: number, via: number): { index: number; isNew: boolean };
	/** Fills `into` with the tuple. */
	read(index: number, into: Int32Array): void;
	/** Parent, `by` and `via` as they were given; the first tuple's parent is -1. */
	cameFrom(index: number): { parent: number; by: number; via: number };
}

const FIRST_CAPACITY = 1 << 12;
/** Of the table's slots, at most. */
const LOAD = 0.6;
const FIELDS_BESIDES = 3;

export function createConfigurations(length: number): Configurations {
	const stride = length + FIELDS_BESIDES;
	let rows = new Int32Array(FIRST_CAPACITY * stride);
	let table = new Int32Array(FIRST_CAPACITY * 2).fill(-1);
	let count = 0;

	/** @returns the slot that holds the tuple, or the free one where it belongs */
	function slotOf(tuple: ArrayLike<number>, offset: number): number {
		const mask = table.length - 1;
		let hash = 0x811c9dc5;
		for (let i = 0; i < length; i++)
			hash = Math.imul(hash ^ (tuple[offset + i] as number), 0x9e3779b1) ^ (hash >>> 15);
		let slot = (hash ^ (hash >>> 16)) & mask;
		for (;;) {
			const index = table[slot] as number;
			if (index < 0 || isEqual(index * stride, tuple, offset)) return slot;
			slot = (slot + 1) & mask;
		}
	}

	function isEqual(row: number, tuple: ArrayLike<number>, offset: number): boolean {
		for (let i = 0; i < length; i++) if (rows[row + i] !== tuple[offset + i]) return false;
		return true;
	}

	function grow(): void {
		const larger = new Int32Array(rows.length * 2);
		larger.set(rows);
		rows = larger;
	}

	function rehash(): void {
		table = new Int32Array(table.length * 2).fill(-1);
		for (let index = 0; index < count; index++) table[slotOf(rows, index * stride)] = index;
	}

	return {
		get count() {
			return count;
		},
		add(tuple, parent, by, via) {
			const slot = slotOf(tuple, 0);
			const found = table[slot] as number;
			if (found >= 0) return { index: found, isNew: false };
			const index = count++;
			const row = index * stride;
			if (row + stride > rows.length) grow();
			for (let i = 0; i < length; i++) rows[row + i] = tuple[i] as number;
			rows[row + length] = parent;
			rows[row + length + 1] = by;
			rows[row + length + 2] = via;
			table[slot] = index;
			if (count > table.length * LOAD) rehash();
			return { index, isNew: true };
		},
		read(index, into) {
			const row = index * stride;
			for (let i = 0; i < length; i++) into[i] = rows[row + i] as number;
		},
		cameFrom(index) {
			const row = index * stride + length;
			return { parent: rows[row] as number, by: rows[row + 1] as number, via: rows[row + 2] as number };
		},
	};
}
