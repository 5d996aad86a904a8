# SPDX-License-Identifier: MIT
"""Files that the agent writes, and requests that it refuses."""
import os
import struct
import unittest

from agent_test import AgentTest, put_payload, read
from host import ERROR, EXIT, OUT, PUT, RUN, SIGNAL, frame


class PutTest(AgentTest):
    def put(self, number, *arguments, **options):
        self.host.send(PUT, number, put_payload(*arguments, **options))
        return self.host.receive()

    def test_file_with_contents_and_mode(self):
        path = self.path('file')
        self.assertEqual(self.put(5, path, b'hello', mode=0o4755), (EXIT, 5, bytes(4)))
        self.assertEqual((read(path), os.stat(path).st_mode & 0o7777), (b'hello', 0o4755))

    def test_append_and_cut(self):
        path = self.path('file')
        data = os.urandom(2500000)
        for number, start in enumerate(range(0, len(data), 1000000), 1):
            self.host.send(PUT, number, put_payload(path, data[start:start + 1000000], flags=1 if start else 0))
        for number in (1, 2, 3):
            self.assertEqual(self.host.receive(), (EXIT, number, bytes(4)))
        self.assertEqual(read(path), data)
        self.put(4, path, b'short')
        self.assertEqual(read(path), b'short')

    def test_put_then_run_in_one_go(self):
        path = self.path('script')
        self.host.send_bytes(frame(PUT, 1, put_payload(path, b'#!/bin/sh\necho ran\n', mode=0o755)) +
                             frame(RUN, 2, path.encode()))
        self.assertEqual(self.host.collect(1, 2), ({1: (b'', 0), 2: (b'ran\n', 0)}, []))

    def test_failures_have_a_cause(self):
        os.mkfifo(self.path('fifo'))
        for path, cause in (('/nonexistent/file', b'No such file'), (self.directory, b'directory'),
                            (self.path('fifo'), b'No such device')):
            kind, number, payload = self.put(3, path, b'x')
            self.assertEqual((kind, number, payload[0]), (ERROR, 3, PUT))
            self.assertIn(cause, payload)

    def test_malformed(self):
        good = put_payload('/x', b'')
        for payload in (b'', good[:6], struct.pack('<BIH', 2, 0o644, 2) + b'/x', struct.pack('<BIH', 0, 0o644, 0),
                        struct.pack('<BIH', 0, 0o10000, 2) + b'/x', struct.pack('<BIH', 0, 0o644, 3) + b'/x',
                        put_payload('relative', b''), put_payload('/a\0b', b''), put_payload('/' * 4096, b'')):
            self.host.send(PUT, 1, payload)
            kind, number, answer = self.host.receive()
            self.assertEqual((kind, number, answer[0]), (ERROR, 1, PUT), payload)


class RefusalTest(AgentTest):
    def assert_error(self, kind, number, payload=b''):
        self.host.send(kind, number, payload)
        answer = self.host.receive()
        self.assertEqual((answer[0], answer[1], answer[2][0]), (ERROR, number, kind))
        self.assertGreater(len(answer[2]), 5)

    def test_scripts(self):
        self.assert_error(RUN, 1)
        self.assert_error(RUN, 0, b'true')
        self.assert_error(RUN, 1, b'a\0b')
        self.assert_error(RUN, 1, b'#' * 131072)
        self.host.send(RUN, 1, b'#' * 131064 + b'\nexit 5')
        self.assertEqual(self.host.collect(1), ({1: (b'', 5)}, []))

    def test_busy_id(self):
        self.host.send(RUN, 1, b'sleep 0.5')
        self.host.send(RUN, 1, b'true')
        results, errors = self.host.collect(1)
        self.assertEqual((results[1], [error[:2] for error in errors]), ((b'', 0), [(1, RUN)]))

    def test_signals(self):
        self.assert_error(SIGNAL, 1, b'\x0f')
        self.host.send(RUN, 2, b'sleep 1')
        for payload in (b'', b'\0', b'\x41', b'\x0f\x0f'):
            self.assert_error(SIGNAL, 2, payload)
        self.assertEqual(self.host.collect(2), ({2: (b'', 0)}, []))

    def test_unknown_types(self):
        for kind in (0, 7, 15, OUT, EXIT, 255):
            self.assert_error(kind, 9, b'data')
        self.assertEqual(self.host.run(1, 'echo on'), (b'on\n', 0))

if __name__ == '__main__':
    unittest.main()
