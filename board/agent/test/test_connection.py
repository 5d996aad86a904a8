# SPDX-License-Identifier: MIT
"""How the agent bears a host that comes, goes, reads slowly or errs."""
import os
import socket
import struct
import threading
import time
import unittest

from agent_test import AgentTest, put_payload
from host import ERROR, EXIT, HELLO, OUT, PUT, READY, RUN, Host, frame


class ConnectionTest(AgentTest):
    def test_frames_byte_by_byte(self):
        for byte in frame(RUN, 1, b'echo slow'):
            self.host.send_bytes(bytes([byte]))
        self.assertEqual(self.host.collect(1), ({1: (b'slow\n', 0)}, []))

    def test_hello_again_is_a_ping(self):
        self.host.hello()
        self.assertEqual(self.host.run(1, 'echo x'), (b'x\n', 0))

    def test_hello_while_output_waits(self):
        self.host.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.host.send(RUN, 1, b'head -c 2000000 /dev/zero')
        time.sleep(0.5)
        self.host.send(HELLO, 0, struct.pack('<Q', 4711))
        output = 0
        greeted = False
        while True:
            kind, number, payload = self.host.receive()
            if (kind, number) == (READY, 0):
                greeted = struct.unpack('<Q', payload[2:10]) == (4711,)
            elif (kind, number) == (OUT, 1):
                output += len(payload)
            else:
                self.assertEqual((kind, number, payload), (EXIT, 1, bytes(4)))
                break
        self.assertEqual((output, greeted), (2000000, True))

    def test_nothing_before_hello(self):
        self.host.disconnect()
        self.host.accept()
        marker = self.path('marker')
        self.host.send(RUN, 1, b'touch ' + marker.encode())
        time.sleep(0.5)
        self.host.hello()
        self.assertEqual(self.host.run(2, 'ls ' + marker)[1], 2)

    def test_half_a_frame_before_the_disconnect_is_dropped(self):
        self.host.send_bytes(frame(RUN, 1, b'echo lost')[:-3])
        self.host.disconnect()
        self.host.greet()
        self.assertEqual(self.host.run(2, 'echo next'), (b'next\n', 0))

    def test_job_and_its_output_survive_a_disconnect(self):
        self.host.send(RUN, 1, b'sleep 1; echo later; exit 6')
        time.sleep(0.3)
        self.host.disconnect()
        time.sleep(1.5)
        self.host.greet()
        self.assertEqual(self.host.collect(1), ({1: (b'later\n', 6)}, []))

    def test_frame_cut_by_a_disconnect_is_sent_again(self):
        self.host.send(RUN, 1, b'seq 1 200000')
        self.host.connection.recv(1000)
        self.host.disconnect()
        self.host.greet()
        results, errors = self.host.collect(1)
        lines = results[1][0].split(b'\n')
        self.assertEqual((lines[-2], results[1][1], errors), (b'200000', 0, []))

    def test_too_long_frame_ends_the_conversation(self):
        self.host.send_bytes(struct.pack('<IIB', 1024 * 1024 + 1, 3, RUN))
        kind, number, payload = self.host.receive()
        self.assertEqual((kind, number, payload[0]), (ERROR, 0, 0))
        self.host.send(RUN, 1, b'touch ' + self.path('marker').encode())
        time.sleep(0.5)
        self.assertFalse(os.path.exists(self.path('marker')))
        self.host.disconnect()
        self.host.greet()
        self.assertEqual(self.host.run(2, 'echo again'), (b'again\n', 0))

    def test_largest_frame(self):
        path = self.path('large')
        header = put_payload(path, b'')
        self.host.send(PUT, 1, header + bytes(1024 * 1024 - len(header)))
        self.assertEqual(self.host.receive(), (EXIT, 1, bytes(4)))
        self.assertEqual(os.path.getsize(path), 1024 * 1024 - len(header))

    def test_host_that_is_away_costs_nothing(self):
        self.host.close()
        os.unlink(self.port)
        before = self.cpu_seconds()
        time.sleep(3)
        self.assertLess(self.cpu_seconds() - before, 0.1)
        self.host = Host(self.port)
        self.addCleanup(self.host.close)
        self.host.greet()
        self.assertEqual(self.host.run(1, 'echo back'), (b'back\n', 0))

    def test_full_queue_costs_nothing(self):
        self.host.send(RUN, 1, b'head -c 3000000 /dev/zero')
        self.host.send(RUN, 2, b'exit 1')
        time.sleep(1)
        before = self.cpu_seconds()
        time.sleep(2)
        self.assertLess(self.cpu_seconds() - before, 0.1)
        results, _ = self.host.collect(1, 2)
        self.assertEqual((len(results[1][0]), results[2][1]), (3000000, 1))

    def test_many_requests_that_are_not_read(self):
        count = 20000
        self.host.connection.settimeout(60)
        data = b''.join(frame(200, number, b'x') for number in range(1, count + 1))
        sender = threading.Thread(target=self.host.send_bytes, args=(data,))
        sender.start()
        time.sleep(1)
        for number in range(1, count + 1):
            self.assertEqual(self.host.receive()[:2], (ERROR, number))
        sender.join()

    def test_hello_of_a_wrong_size_is_ignored(self):
        self.host.send(HELLO, 0, b'1234567')
        self.assertEqual(self.host.run(1, 'echo x'), (b'x\n', 0))

if __name__ == '__main__':
    unittest.main()
