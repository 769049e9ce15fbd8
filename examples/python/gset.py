#!/usr/bin/env python3
"""A grow-only set that speaks Pakka's replica protocol: one file, standard library only, Python 3.8 or later.

It is written to be read by whoever implements a replica in another language (docs/replica-protocol.md):

  control   HTTP/1.1 + JSON on PAKKA_CONTROL: /health, /operation, /state
  disk      PAKKA_DATA/updates.jsonl: an update is on the disk (fsync) before anybody hears of it
  peers     its own protocol: every lane of PAKKA_PEERS is a TCP connection on which it sends, one JSON
            object a line, everything it knows. Receiving is a union, so that lines may be lost, late, doubled
            and out of order.

Updates are numbered: the first one that r1 accepts from a client is r1's update 1, the next 2, and so on. What
/state calls "delivered" are the numbers it knows, by replica. That lets the checker compare two replicas in the
middle of the run, as soon as they know the same updates, and not just at the end.
"""

import json
import os
import random
import signal
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOSSIP_EVERY_S = 0.1  # at most so long until a peer is told of something new
REPEAT_EVERY_S = 1.0  # and even when there is nothing new: the last line may have been lost
SOCKET_TIMEOUT_S = 5.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.01, 0.5
MAX_BODY_BYTES = 1024 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
NUMBERS_PER_INCARNATION = 1_000_000
EXIT_USAGE, EXIT_FAILURE = 64, 70


class Replica:
    """The set, and its copy on the disk. All methods may be called from any thread."""

    def __init__(self, replica_id, replicas, folder, incarnation):
        self.id = replica_id
        self.replicas = replicas
        self.lock = threading.Lock()
        self.updates = {}  # (replica, number) -> element
        self.version = 0  # grows with every new update
        self.line = (-1, b"")  # what we tell peers, and of which version it is
        os.makedirs(folder, exist_ok=True)
        self.file = open(os.path.join(folder, "updates.jsonl"), "a+b")
        self._load(incarnation)
        sync_folder(folder)

    def add(self, element):
        """Accepts an update from a client. Returns its number and what was delivered with it."""
        with self.lock:
            number = max([self.first - 1] + [n for replica, n in self.updates if replica == self.id]) + 1
            self._store([(self.id, number, element)])
            return number, self._delivered()

    def merge(self, updates):
        """Takes in what a peer knows. Known updates change nothing, so that it may come twice and in any order."""
        with self.lock:
            self._store([update for update in updates if (update[0], update[1]) not in self.updates])

    def state(self):
        """View and delivered set of one moment: they belong together, so they are read under one lock."""
        with self.lock:
            return self._view(), self._delivered()

    def gossip(self):
        """One line with everything we know, and its version."""
        with self.lock:
            if self.line[0] != self.version:
                updates = [[replica, number, element] for (replica, number), element in self.updates.items()]
                text = json.dumps({"from": self.id, "updates": updates})
                self.line = (self.version, text.encode() + b"\n")
            return self.line

    def _store(self, updates):
        if not updates:
            return
        # The disk first: what a client was told, or a peer, or a reader, must not be undone by a crash.
        self._append(json.dumps([list(update) for update in updates]))
        for replica, number, element in updates:
            self.updates[(replica, number)] = element
        self.version += 1

    def _view(self):
        # By their JSON text, because in Python 1 == True.
        distinct = {json.dumps(element, sort_keys=True): element for element in self.updates.values()}
        return [distinct[text] for text in sorted(distinct)]

    def _delivered(self):
        """{"r1": 5} for r1's updates 1 to 5, {"r1": [[1, 3], [5, 5]]} where there are gaps."""
        numbers = {replica: [] for replica in self.replicas}
        for replica, number in self.updates:
            numbers[replica].append(number)
        return {replica: runs(sorted(known)) for replica, known in numbers.items()}

    def _append(self, text):
        try:
            self.file.write(text.encode() + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            # Nobody knows now what is on the disk; a restart reads what is.
            print(f"gset.py: the disk failed: {error}", file=sys.stderr, flush=True)
            os._exit(EXIT_FAILURE)

    def _load(self, incarnation):
        """Reads the file back. Its last line may be torn by a crash: nobody was told of it, so it is cut off."""
        self.file.seek(0)
        good = 0
        self.first = None
        for line in self.file:
            if not line.endswith(b"\n"):
                break
            good += len(line)
            entry = json.loads(line)
            if self.first is None:
                self.first = entry["first"]
                continue
            for replica, number, element in entry:
                self.updates[(replica, number)] = element
        self.file.truncate(good)
        if self.first is None:
            # A new disk. If the node ran before (PAKKA_INCARNATION > 0), that disk was lost, and with it which
            # numbers were given away: begin where none of them can be.
            self.first = incarnation * NUMBERS_PER_INCARNATION + 1
            self._append(json.dumps({"first": self.first}))


def runs(numbers):
    found = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    if not found:
        return 0
    return found[0][1] if len(found) == 1 and found[0][0] == 1 else found


def sync_folder(folder):
    """A new file lasts only when its folder was synced too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- peers ----------------------------------------------------------------------------------------------------


def send_on_lane(replica, address, jitter):
    """Tells one peer, on one of its lanes, what we know; for ever, whatever becomes of the connection."""
    retry_s = FIRST_RETRY_S
    pause = threading.Event()  # never set: its wait() is a sleep
    while True:
        try:
            with socket.create_connection(address, timeout=SOCKET_TIMEOUT_S) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sent, idle_s = -1, 0.0
                while True:
                    version, line = replica.gossip()
                    if version != sent or idle_s >= REPEAT_EVERY_S:
                        connection.sendall(line)
                        # Only the second line tells that the connection lives: a proxy accepts in any case.
                        retry_s = FIRST_RETRY_S if sent >= 0 else retry_s
                        sent, idle_s = version, 0.0
                    pause.wait(GOSSIP_EVERY_S)
                    idle_s += GOSSIP_EVERY_S
        except OSError:
            pause.wait(retry_s * jitter.uniform(0.5, 1.0))
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)


class PeerHandler(socketserver.StreamRequestHandler):
    """One accepted lane: reads lines until it ends. Whoever sends anything else loses the connection."""

    def handle(self):
        replica = self.server.replica
        try:
            while True:
                line = self.rfile.readline(MAX_LINE_BYTES)
                if not line.endswith(b"\n"):
                    return
                replica.merge(parse_updates(json.loads(line), replica.replicas))
        except OSError:
            return  # the connection broke; the peer comes back
        except (ValueError, KeyError, TypeError) as error:
            print(f"closed a connection of {self.client_address}: {error!r}", file=sys.stderr)


def parse_updates(message, replicas):
    updates = [(replica, number, element) for replica, number, element in message["updates"]]
    for replica, number, _ in updates:
        if replica not in replicas or type(number) is not int or number < 1:
            raise ValueError(f"no update: {replica!r} {number!r}")
    return updates


class PeerServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


# ---- control API ------------------------------------------------------------------------------------------------


class ControlHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet

    def do_GET(self):
        replica = self.server.replica
        if self.path == "/health":
            self.answer(200, {"id": replica.id})
        elif self.path == "/state":
            view, delivered = replica.state()
            self.answer(200, {"view": view, "delivered": delivered, "pending": 0})
        else:
            self.refuse(404, "unknown-route", f"no GET {self.path}")

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True  # its body stays unread
            self.refuse(413, "too-large", f"the body is over {MAX_BODY_BYTES} bytes; nothing was done")
            return
        body = self.rfile.read(length)
        if self.path != "/operation":
            self.refuse(404, "unknown-route", f"no POST {self.path}")
            return
        try:
            operation = json.loads(body, parse_constant=not_json)
            f, value = operation["f"], operation.get("value")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.refuse(400, "bad-request", f"expected an operation: {error!r}")
            return
        self.execute(f, value)

    def execute(self, f, value):
        """200: it happened. 4xx: it surely did not. Anything else, or no answer: it may have."""
        replica = self.server.replica
        if f == "add":
            number, delivered = replica.add(value)
            self.answer(200, {"value": None, "update": number, "delivered": delivered})
        elif f == "read":
            view, delivered = replica.state()
            self.answer(200, {"value": view, "delivered": delivered})
        else:
            self.refuse(422, "unknown-operation", f"no operation {f}; there are add and read")

    def refuse(self, status, code, message):
        self.answer(status, {"error": {"code": code, "message": message}})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass  # a line per request would flood the log


class ControlServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def not_json(text):
    raise ValueError(f"{text} is not JSON")


# ---- the program ------------------------------------------------------------------------------------------------


def address_of(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main():
    try:
        replica_id = os.environ["PAKKA_ID"]
        replicas = json.loads(os.environ["PAKKA_REPLICAS"])
        control = address_of(os.environ["PAKKA_CONTROL"])
        listen = address_of(os.environ["PAKKA_LISTEN"])
        peers = json.loads(os.environ["PAKKA_PEERS"])
        lanes = [address_of(lane) for peer, all_lanes in peers.items() if peer != replica_id for lane in all_lanes]
        folder = os.environ["PAKKA_DATA"]
        seed = os.environ.get("PAKKA_SEED", "0")
        incarnation = int(os.environ.get("PAKKA_INCARNATION", "0"))
    except (KeyError, ValueError, AttributeError) as error:
        print(f"gset.py: bad environment: {error!r}; see docs/replica-protocol.md", file=sys.stderr)
        sys.exit(EXIT_USAGE)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # all that was acknowledged is on the disk already
    replica = Replica(replica_id, replicas, folder, incarnation)
    peer_server = PeerServer(listen, PeerHandler)
    peer_server.replica = replica
    threading.Thread(target=peer_server.serve_forever, daemon=True).start()
    for number, lane in enumerate(lanes):
        jitter = random.Random(f"{seed}/{replica_id}/{incarnation}/{number}")
        threading.Thread(target=send_on_lane, args=(replica, lane, jitter), daemon=True).start()
    # Last, so that whoever gets a 200 from /health finds everything else there.
    control_server = ControlServer(control, ControlHandler)
    control_server.replica = replica
    control_server.serve_forever()


if __name__ == "__main__":
    main()
