/** What differs between two texts, by character (Myers 1986, greedy; O(length × differences), both bounded). */

export interface CharacterPart {
	sign: " " | "-" | "+";
	text: string;
}

const MAX_DIFFERENCES = 400;
const MAX_LENGTH = 50_000;

/** @returns null where the texts are too long or too different for it to help */
export function characterDiff(left: string, right: string): CharacterPart[] | null {
	// By code point: half a surrogate pair is no character.
	const [a, b] = [Array.from(left), Array.from(right)];
	if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return null;
	const trace: Map<number, number>[] = [];
	let furthest = new Map<number, number>([[1, 0]]);
	for (let edits = 0; edits <= MAX_DIFFERENCES; edits++) {
		trace.push(new Map(furthest));
		for (let k = -edits; k <= edits; k += 2) {
			const down = k === -edits || (k !== edits && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
			let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
			while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
			furthest.set(k, x);
			if (x >= a.length && x - k >= b.length) return joined(backtrack(trace, a, b, edits));
		}
		furthest = new Map(furthest);
	}
	return null;
}

function backtrack(trace: Map<number, number>[], a: string[], b: string[], edits: number): CharacterPart[] {
	const parts: CharacterPart[] = [];
	let [x, y] = [a.length, b.length];
	for (let depth = edits; depth >= 0; depth--) {
		const furthest = trace[depth] as Map<number, number>;
		const k = x - y;
		const down = k === -depth || (k !== depth && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
		const fromK = down ? k + 1 : k - 1;
		const fromX = depth === 0 ? 0 : (furthest.get(fromK) ?? 0);
		const fromY = depth === 0 ? 0 : fromX - fromK;
		while (x > fromX && y > fromY) {
			parts.push({ sign: " ", text: a[x - 1] as string });
			x -= 1;
			y -= 1;
		}
		if (depth === 0) break;
		if (down) parts.push({ sign: "+", text: b[y - 1] as string });
		else parts.push({ sign: "-", text: a[x - 1] as string });
		[x, y] = [fromX, fromY];
	}
	return parts.reverse();
}

function joined(parts: CharacterPart[]): CharacterPart[] {
	const runs: CharacterPart[] = [];
	for (const part of parts) {
		const last = runs[runs.length - 1];
		if (last?.sign === part.sign) last.text += part.text;
		else runs.push({ ...part });
	}
	return runs;
}
