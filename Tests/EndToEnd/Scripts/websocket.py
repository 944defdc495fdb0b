"""Opens a WebSocket through the edge, sends one text and prints the echo: port, host, text."""
import base64
import os
import socket
import sys

port, host, text = int(sys.argv[1]), sys.argv[2], sys.argv[3].encode()
connection = socket.create_connection(("127.0.0.1", port), 10)
key = base64.b64encode(os.urandom(16)).decode()
connection.sendall(
    f"GET /socket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
)
answer = b""
while b"\r\n\r\n" not in answer:
    answer += connection.recv(4096)
assert answer.startswith(b"HTTP/1.1 101 "), answer
mask = os.urandom(4)
connection.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))
frame = answer.split(b"\r\n\r\n", 1)[1]
while len(frame) < 2 or len(frame) < 2 + frame[1]:
    frame += connection.recv(4096)
print(frame[2:].decode())
