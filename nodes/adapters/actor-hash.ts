/** Numbers for libraries whose writers have numbers: from the actor's name alone, so that a run is a function of its seed. */

/** FNV-1a, 32 bits. Two names of one run may share a number in theory: 10 names do by a chance of 1 in 10⁸. */
export function actorHash(actor: string): number {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(actor)) hash = Math.imul(hash ^ byte, 0x01000193);
	return hash >>> 0;
}
