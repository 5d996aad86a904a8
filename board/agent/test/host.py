# SPDX-License-Identifier: MIT
"""The host's side of PROTOCOL.md."""
import socket
import struct

RUN, SIGNAL, PUT, RUN_WITH_STDIN, STDIN, HELLO = 1, 2, 3, 4, 5, 6
READY, OUT, EXIT, ERROR = 16, 17, 18, 19


def frame(kind, number, payload=b''):
    return struct.pack('<IIB', len(payload), number, kind) + payload


class Host:
    """Listens where the agent connects, as QEMU's end of the port."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.listener.settimeout(20)
        self.connection = None
        self.nonce = 0

    def accept(self):
        self.connection = self.listener.accept()[0]
        self.connection.settimeout(20)

    def greet(self):
        """Accepts the agent, says HELLO and returns the payload of READY."""
        self.accept()
        return self.hello()

    def hello(self):
        self.nonce += 1
        self.send(HELLO, 0, struct.pack('<Q', self.nonce))
        kind, number, payload = self.receive()
        assert (kind, number) == (READY, 0), (kind, number, payload)
        assert struct.unpack('<HQ', payload[:10]) == (1, self.nonce), payload
        return payload

    def send(self, kind, number, payload=b''):
        self.send_bytes(frame(kind, number, payload))

    def send_bytes(self, data):
        self.connection.sendall(data)

    def receive(self):
        size, number, kind = struct.unpack('<IIB', self._read(9))
        return kind, number, self._read(size)

    def collect(self, *numbers):
        """Receives until each job has ended; returns {id: (output, exit code)} and the errors seen."""
        output = {number: b'' for number in numbers}
        codes = {}
        errors = []
        while len(codes) < len(numbers):
            kind, number, payload = self.receive()
            assert number in output and number not in codes, (kind, number, payload)
            if kind == OUT:
                output[number] += payload
            elif kind == EXIT:
                codes[number], = struct.unpack('<i', payload)
            else:
                errors.append((number, payload[0], payload[1:].decode()))
        return {number: (output[number], codes[number]) for number in numbers}, errors

    def run(self, number, script):
        self.send(RUN, number, script.encode())
        results, errors = self.collect(number)
        assert not errors, errors
        return results[number]

    def disconnect(self):
        self.connection.close()

    def close(self):
        if self.connection:
            self.connection.close()
        self.listener.close()

    def _read(self, size):
        data = b''
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise ConnectionError('the agent closed the connection')
            data += part
        return data
