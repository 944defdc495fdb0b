"""Passes ACME requests on to Pebble. In its working directory it finds what it does otherwise: as long as there is `limit`,
orders are refused with 429, and as long as there is `hold`, certificates that are fetched wait. It notes both kinds of
request and their times in `requests`. Arguments: its port, Pebble's, and files with a certificate for both and its key."""
import http.client
import http.server
import json
import os
import ssl
import sys
import threading
import time

port, target, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
trusted = ssl.create_default_context(cafile=certificate)
lock = threading.Lock()


def note(kind):
    with lock, open("requests", "a") as file:
        file.write(f"{kind} {time.time()}\n")


class Front(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/order-plz":
            note("order")
            try:
                with open("limit") as file:
                    limit = json.load(file)
            except FileNotFoundError:
                pass
            else:
                problem = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": limit["detail"], "status": 429}
                return self.answer(
                    429, [("Content-Type", "application/problem+json"), ("Retry-After", limit["seconds"])],
                    json.dumps(problem).encode())
        if self.path.startswith("/certZ/"):
            note("fetch")
            while os.path.exists("hold"):
                time.sleep(0.02)
        authority = http.client.HTTPSConnection("localhost", target, context=trusted)
        # With the Host that was asked for: Pebble makes its URLs of it.
        authority.request(self.command, self.path, body, dict(self.headers))
        reply = authority.getresponse()
        self.answer(reply.status, reply.getheaders(), reply.read())
        authority.close()

    do_GET = do_HEAD = do_POST = handle_any

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Front)
own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
own.load_cert_chain(certificate, key)
server.socket = own.wrap_socket(server.socket, server_side=True)
server.serve_forever()
