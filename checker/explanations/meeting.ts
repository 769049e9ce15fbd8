/** How two updates meet: whether one had seen the other, and in which order replicas applied them. */
import { areConcurrent, hasSeen, type Known, type Scene } from "./scene.ts";

/** Continues a sentence, from `; ` on; empty where nothing is known. */
export function howTheyMeet(scene: Scene, replicas: readonly string[], a: Known, b: Known): string {
	if (hasSeen(a, b)) return `; ${a.id} had seen ${b.id}`;
	if (hasSeen(b, a)) return `; ${b.id} had seen ${a.id}`;
	if (!areConcurrent(a, b)) return "";
	const those = [...new Set(replicas)];
	const orders = those.map((replica) => scene.isBefore(replica, a, b));
	const [first] = orders;
	if (those.length < 2 || orders.includes(null)) return "; neither had seen the other";
	const order = orders.every((other) => other === first)
		? "both applied them in the same order"
		: "each applied them in another order";
	return `; neither had seen the other, and ${order}`;
}
