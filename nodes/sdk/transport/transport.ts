/**
 * A node's ways to its peers and back: a {@link Link} to each, an acceptor for theirs, an inbox per sender.
 * Messages are lost, delayed, reordered and duplicated by what lies between; the inbox keeps from the replica
 * what its manifest excludes.
 */
import type { Address } from "../environment.ts";
import type { Manifest } from "../replica.ts";
import type { MessageFrame } from "../wire.ts";
import { type Sender, startAcceptor } from "./acceptor.ts";
import { createInbox, type Inbox } from "./inbox.ts";
import { Link, type LinkCounters } from "./link.ts";

const EXPIRE_EVERY_MS = 100;

export interface TransportOptions {
	id: string;
	incarnation: number;
	listen: Address;
	/** Where the others are: several addresses (lanes) each. */
	peers: ReadonlyMap<string, readonly Address[]>;
	replicas: readonly string[];
	manifest: Manifest;
	/** Messages to a peer that can't be reached for so long are lost; by default they wait for it. */
	patienceMs?: number;
	/** Fractional Unix milliseconds. */
	now: () => number;
	random: () => number;
	/** Something came in, whether the replica gets to see it or not. */
	onArrival(arrived: Arrived): void;
	/** The replica is to receive this. */
	onReceive(from: string, body: Uint8Array): void;
	/** Runs the acknowledgement when what was received so far is durable. */
	whenDurable(action: () => void): void;
	/** True: take nothing more for now; the sender will try again. */
	overloaded(): boolean;
	onGarbage: (reason: string) => void;
}

export interface Arrived extends Sender {
	sequence: number;
	sentAt: number;
	label: string | null;
	overtaken: boolean;
	duplicate: boolean;
}

export interface StartedTransport {
	address: Address;
	/** Starts the links; until then messages only come in. */
	connect(): void;
	/** @param body encoded by `encodePlain`. @returns false when no way to that peer was given */
	send(to: string, body: Uint8Array, label: string | null): boolean;
	/** Every peer has answered at least once. */
	welcomed(): boolean;
	counters(): Record<string, LinkCounters>;
	close(): Promise<void>;
}

/** @throws when the address to listen on can't be bound */
export async function startTransport(options: TransportOptions): Promise<StartedTransport> {
	const inboxes = new Map<string, Inbox<Uint8Array>>();
	const links = new Map<string, Link>();
	const acceptor = await startAcceptor({
		listen: options.listen,
		incarnation: options.incarnation,
		peers: options.replicas.filter((replica) => replica !== options.id),
		onMessage: (sender, message, acknowledge) => takeIn(options, inboxes, sender, message, acknowledge),
		onGarbage: options.onGarbage,
	});
	const expiry = setInterval(() => {
		for (const [from, inbox] of inboxes) {
			for (const body of inbox.expire(options.now())) options.onReceive(from, body);
		}
	}, EXPIRE_EVERY_MS);
	return {
		address: acceptor.address,
		connect() {
			for (const [peer, addresses] of options.peers) links.set(peer, startLink(options, addresses));
		},
		send(to, body, label) {
			const link = links.get(to);
			link?.send(body, label);
			return link !== undefined;
		},
		welcomed: () => [...links.values()].every((link) => link.welcomed),
		counters: () => Object.fromEntries([...links].map(([peer, link]) => [peer, { ...link.counters }])),
		async close() {
			clearInterval(expiry);
			for (const link of links.values()) link.close();
			await acceptor.close();
		},
	};
}

function startLink(options: TransportOptions, addresses: readonly Address[]): Link {
	return new Link({
		from: options.id,
		incarnation: options.incarnation,
		addresses,
		duplicates: options.manifest.duplicates,
		patienceMs: options.patienceMs ?? null,
		now: options.now,
		random: options.random,
	});
}

function takeIn(
	options: TransportOptions,
	inboxes: Map<string, Inbox<Uint8Array>>,
	sender: Sender,
	message: MessageFrame,
	acknowledge: () => void,
): void {
	if (options.overloaded()) return;
	const { from, incarnation, lane } = sender;
	const { sequence, lowest, sentAt, label, body } = message;
	let inbox = inboxes.get(from);
	if (inbox === undefined) {
		inbox = createInbox(options.manifest);
		inboxes.set(from, inbox);
	}
	const judged = inbox.accept({ incarnation, sequence, lowest, message: body }, options.now());
	const { overtaken, duplicate } = judged;
	options.onArrival({ from, incarnation, lane, sequence, sentAt, label, overtaken, duplicate });
	for (const ready of judged.ready) options.onReceive(from, ready);
	options.whenDurable(acknowledge);
}
