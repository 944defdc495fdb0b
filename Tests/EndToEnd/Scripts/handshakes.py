"""Full TLS handshakes without pause, until it is interrupted. Arguments: port, host, and a PEM file with what is trusted.
Prints as JSON how many succeeded, why others failed, and the serial numbers as they were first seen."""
import json
import signal
import socket
import ssl
import sys
import threading

port, host, trusted = int(sys.argv[1]), sys.argv[2], sys.argv[3]
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
context = ssl.create_default_context(cafile=trusted)
lock, stopped = threading.Lock(), threading.Event()
count, failures, serials = 0, [], []


def visit():
    global count
    while not stopped.is_set():
        serial, failure = None, None
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                with context.wrap_socket(connection, server_hostname=host) as secure:
                    serial = secure.getpeercert()["serialNumber"]
        except OSError as error:
            failure = str(error)
        with lock:
            if failure:
                failures.append(failure)
            else:
                count += 1
                if serial not in serials:
                    serials.append(serial)


threads = [threading.Thread(target=visit) for _ in range(4)]
for thread in threads:
    thread.start()
signal.sigwait([signal.SIGINT])
stopped.set()
for thread in threads:
    thread.join()
print(json.dumps({"handshakes": count, "failures": failures, "serials": serials}))
