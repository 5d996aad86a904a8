# SPDX-License-Identifier: MIT
"""A virtio-serial port as the plug-in sees it: one user at a time, and the TPM's end stays connected.

What the TPM says while nobody listens is kept for the next user of the port.
"""
import os
import selectors
import socket
import threading


class Relay:
    def __init__(self, path, tpm_path):
        self.tpm = socket.socket(socket.AF_UNIX)
        self.tpm.connect(tpm_path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.path = path
        self.users = 0
        self.from_tpm = b''
        self._wake, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def inject(self, data):
        """Lets the user of the port, or the next one, find these bytes."""
        self.from_tpm += data
        self._stop.send(b'.')

    def close(self):
        self._stop.close()
        self._thread.join()
        for end in (self.tpm, self.listener, self._wake):
            end.close()
        os.unlink(self.path)

    def _run(self):
        user = None
        while True:
            with selectors.DefaultSelector() as selector:
                ends = [self._wake, self.tpm, user or self.listener]
                for end in ends:
                    selector.register(end, selectors.EVENT_READ)
                ready = {key.fileobj for key, _ in selector.select()}
            if self._wake in ready and not self._wake.recv(1):
                break
            if self.listener in ready:
                user = self.listener.accept()[0]
                self.users += 1
            if self.tpm in ready:
                data = self.tpm.recv(4096)
                if not data:
                    break
                self.from_tpm += data
            if user in ready:
                data = self._receive(user)
                if data:
                    self.tpm.sendall(data)
                else:
                    user.close()
                    user = None
            if user and self.from_tpm:
                data, self.from_tpm = self.from_tpm, b''
                try:
                    user.sendall(data)
                except OSError:
                    user.close()
                    user = None
        if user:
            user.close()

    @staticmethod
    def _receive(user):
        try:
            return user.recv(4096)
        except OSError:
            return b''
