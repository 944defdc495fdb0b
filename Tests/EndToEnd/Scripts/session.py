"""What no stock client does over SSH, one scene a call: session.py <scene> <port> <private key> [<argument>...]

Each scene prints what happened, one fact a line."""
import base64
import logging
import os
import socket
import sys
import time

import paramiko
from paramiko.common import cMSG_USERAUTH_REQUEST
from paramiko.message import Message

scene, port, key_path, arguments = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]


def say(text):
    print(text, flush=True)


def connect():
    """Keys are exchanged; nobody is authenticated."""
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.start_client(timeout=15)
    return transport


def key():
    return paramiko.Ed25519Key.from_private_key_file(key_path)


def execute(transport, command):
    """Prints the outcome of a command, or why it could not be asked for."""
    try:
        channel = transport.open_session(timeout=10)
        channel.exec_command(command)
    except Exception as error:
        say(f"refused: {type(error).__name__}")
        return
    output = channel.makefile("rb").read()
    errors = channel.makefile_stderr("rb").read()
    say(f"status: {channel.recv_exit_status()}")
    say(f"output: {output[:200]!r}")
    say(f"errors: {errors[:500].decode(errors='replace')}")


def attempt(name, authenticate):
    """Another way to authenticate than a key."""
    transport = connect()
    try:
        authenticate(transport)
    except Exception as error:
        say(f"{name}: {type(error).__name__}: {error}")
    say(f"{name} authenticated: {transport.is_authenticated()}")
    transport.close()


def offer(transport, algorithm, blob):
    """Asks whether a public key would do, without a signature. Returns how often the server said yes."""
    accepted = []
    handler = paramiko.auth_handler.AuthHandler
    handler._client_handler_table[60] = lambda self, message: accepted.append(message.get_text())
    try:
        transport.auth_none("git")  # begins the authentication service
    except paramiko.BadAuthenticationType:
        pass
    message = Message()
    message.add_byte(cMSG_USERAUTH_REQUEST)
    message.add_string("git")
    message.add_string("ssh-connection")
    message.add_string("publickey")
    message.add_boolean(False)
    message.add_string(algorithm)
    message.add_string(blob)
    transport._send_message(message)
    deadline = time.monotonic() + 5
    while not accepted and transport.is_active() and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(accepted)


def show_disconnects():
    """Prints why the server ends the connection: paramiko tells that to its log only."""
    logging.basicConfig(stream=sys.stdout, format="log: %(message)s")
    logging.getLogger("paramiko").setLevel(logging.INFO)


if scene == "other-ways":
    attempt("none", lambda t: t.auth_none("git"))
    attempt("password", lambda t: t.auth_password("git", "correct horse", fallback=False))
    attempt("interactive", lambda t: t.auth_interactive("git", lambda *_: ["correct horse"]))

elif scene == "no-authentication":
    # CVE-2018-10933 and its like: a channel, or a claim of success, before anybody has signed.
    execute(connect(), arguments[0])
    transport = connect()
    message = Message()
    message.add_byte(bytes([52]))  # SSH_MSG_USERAUTH_SUCCESS, which only a server may send
    transport._send_message(message)
    execute(transport, arguments[0])

elif scene == "offer-then-sign":
    # CVE-2024-45337: somebody else's public key is offered, again after one's own, and only one's own key signs.
    kind, blob = open(arguments[0]).read().split()[:2]
    transport = connect()
    say(f"offers accepted: {offer(transport, kind, base64.b64decode(blob))}")
    transport.auth_publickey("git", key())
    say(f"authenticated: {transport.is_authenticated()}")
    execute(transport, arguments[1])

elif scene == "key-deleted":
    # Signs in, waits until a file is there, and then asks for a command.
    transport = connect()
    transport.auth_publickey("git", key())
    say("signed in")
    while not os.path.exists(arguments[0]):
        time.sleep(0.01)
    execute(transport, arguments[1])

elif scene == "rsa":
    # Signs in this way, whatever the server has said that it takes.
    algorithm = arguments[0]
    show_disconnects()
    paramiko.auth_handler.AuthHandler._finalize_pubkey_algorithm = lambda self, kind: algorithm
    rsa = paramiko.RSAKey.from_private_key_file(key_path)
    transport = connect()
    say(f"offers accepted: {offer(transport, algorithm, rsa.asbytes())}")
    try:
        transport.auth_publickey("git", rsa)
    except Exception as error:
        say(f"refused: {type(error).__name__}")
    say(f"authenticated: {transport.is_authenticated()}")
    transport.close()

elif scene == "two-channels":
    transport = connect()
    transport.auth_publickey("git", key())
    first = transport.open_session(timeout=10)
    say("first: open")
    try:
        transport.open_session(timeout=10)
        say("second: open")
    except Exception as error:
        say(f"second: {type(error).__name__}")
    first.exec_command(arguments[0])
    say(f"status: {first.recv_exit_status()}")

elif scene == "slow":
    # One byte now and then: the time limit is for all of the handshake, not for each wait.
    start = time.monotonic()
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(0.2)
    greeting = b"SSH-2.0-" + b"x" * 200
    received = b""
    try:
        for byte in greeting:
            connection.send(bytes([byte]))
            try:
                data = connection.recv(4096)
                if not data:
                    break
                received += data
            except socket.timeout:
                pass
    except OSError:
        pass
    say(f"seconds: {time.monotonic() - start:.1f}")
    say(f"received: {received!r}")

elif scene == "idle-before-authentication":
    show_disconnects()
    start = time.monotonic()
    transport = connect()
    while transport.is_active() and time.monotonic() - start < 15:
        time.sleep(0.02)
    say(f"seconds: {time.monotonic() - start:.1f}")
    say(f"active: {transport.is_active()}")

else:
    sys.exit(f"no such scene: {scene}")
