"""The server of the tests' containers. Arguments: --port, --delay (seconds before it listens), --status (of GET /)."""
import argparse
import base64
import hashlib
import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import time
import urllib.parse

options = argparse.ArgumentParser()
options.add_argument("--port", type=int, default=int(os.environ.get("PORT", "80")))
options.add_argument("--delay", type=float, default=0)
options.add_argument("--status", type=int, default=200)
options = options.parse_args()
PAGE = open("/app/page.txt").read() if os.path.exists("/app/page.txt") else "hello\n"


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text, status=200):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        if path == "/":
            self.answer(PAGE, options.status)
        elif path == "/env":
            self.answer(json.dumps(dict(os.environ)))
        elif path == "/headers":
            self.answer(json.dumps(dict(self.headers)))
        elif path == "/slow":  # ten pieces, one each tenth of the time
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number in range(10):
                self.wfile.write(b"2\r\n%d\n\r\n" % number)
                time.sleep(float(query["seconds"]) / 10)
            self.wfile.write(b"0\r\n\r\n")
        elif path == "/big":
            size = int(query["bytes"])
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            while size > 0:
                piece = min(size, 1 << 16)
                self.wfile.write(b"x" * piece)
                size -= piece
        elif path == "/connect":
            try:
                socket.create_connection((query["host"], int(query["port"])), 2).close()
                self.answer("connected")
            except OSError as error:
                self.answer(f"refused: {error}")
        elif path == "/exists":
            self.answer(str(os.path.exists(query["path"])))
        elif path == "/status":
            self.answer(open("/proc/self/status").read())
        elif path == "/print":
            print(query["text"], flush=True)
            self.answer("printed")
        elif path == "/fill":
            with open("/filled", "ab") as file:
                file.write(b"x" * int(query["bytes"]))
            self.answer("filled")
        elif path == "/filled":
            self.answer(str(os.path.exists("/filled")))
        elif path == "/exit":
            self.answer("bye")
            os.kill(os.getpid(), signal.SIGKILL if query.get("kill") else signal.SIGTERM)
        elif path == "/fork":
            children = []
            try:
                for _ in range(int(query["count"])):
                    child = os.fork()
                    if child == 0:
                        time.sleep(3)
                        os._exit(0)
                    children.append(child)
                self.answer(f"forked {len(children)}")
            except OSError as error:
                self.answer(f"stopped after {len(children)}: {error}")
        elif path == "/socket":
            self.websocket()
        else:
            self.answer("no such page\n", 404)

    do_HEAD = do_GET

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        digest = hashlib.sha256()
        while length > 0:
            piece = self.rfile.read(min(length, 1 << 16))
            if not piece:
                return
            digest.update(piece)
            length -= len(piece)
        self.answer(f"{self.command} {self.path} {digest.hexdigest()}")

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST

    def websocket(self):
        """Echoes short unfragmented frames (RFC 6455)."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            head = self.rfile.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(head[1] & 127)))
            self.wfile.write(bytes([0x81, len(data)]) + data)

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    request_queue_size = 512
    daemon_threads = True


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("starting", flush=True)
time.sleep(options.delay)
print(f"listening on {options.port}", flush=True)
Server(("0.0.0.0", options.port), App).serve_forever()
