# SPDX-License-Identifier: MIT
"""The agent, natively, with a Unix socket in place of the virtio-serial port."""
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from host import ERROR, EXIT, HELLO, OUT, PUT, READY, RUN, RUN_WITH_STDIN, SIGNAL, STDIN, Host, frame


def put_payload(path, contents, mode=0o640, flags=0):
    name = path.encode()
    return struct.pack('<BIH', flags, mode, len(name)) + name + contents


def read(path):
    with open(path, 'rb') as file:
        return file.read()


class AgentTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.port = os.path.join(self.directory, 'port')
        self.host = Host(self.port)
        self.addCleanup(self.host.close)
        self.agent = subprocess.Popen([os.environ['AGENT_UNDER_TEST'], '--port', self.port])
        self.addCleanup(self.agent.wait)
        self.addCleanup(self.agent.kill)
        self.ready = self.host.greet()

    def cpu_seconds(self):
        fields = read('/proc/%d/stat' % self.agent.pid).rsplit(b')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.agent.pid))

    def path(self, name):
        return os.path.join(self.directory, name)


class JobTest(AgentTest):
    def test_ready_carries_the_boot_id(self):
        self.assertEqual(self.ready[10:], read('/proc/sys/kernel/random/boot_id').strip())

    def test_output_and_exit_code(self):
        self.assertEqual(self.host.run(7, 'echo out; echo err >&2; exit 3'), (b'out\nerr\n', 3))

    def test_death_by_signal(self):
        self.assertEqual(self.host.run(1, 'kill -KILL $$'), (b'', 137))

    def test_no_output(self):
        self.assertEqual(self.host.run(1, 'true'), (b'', 0))

    def test_environment(self):
        output, _ = self.host.run(1, 'pwd; echo "$TERM $LC_ALL"; cat; ps -o pid=,pgid=,sid= -p $$ | tr -s " "')
        lines = output.decode().split('\n')
        self.assertEqual(lines[:2], ['/', '%s %s' % (os.environ.get('TERM', 'dumb'),
                                                     os.environ.get('LC_ALL', 'C.UTF-8'))])
        self.assertEqual(len(set(lines[2].split())), 1, 'leader of its own group and session')

    def test_default_signal_handling(self):
        output, _ = self.host.run(1, 'grep -E "Sig(Blk|Ign)" /proc/$$/status')
        for line in output.decode().splitlines():
            mask = int(line.split()[1], 16)
            self.assertEqual(mask & (1 << (signal.SIGPIPE - 1)), 0, line)
        self.assertIn(b'SigBlk:\t0000000000000000', output)

    def test_large_output_is_complete_and_in_order(self):
        output, code = self.host.run(1, 'seq 1 700000')
        self.assertEqual(code, 0)
        self.assertEqual(output, b''.join(b'%d\n' % i for i in range(1, 700001)))

    def test_slow_reader_loses_nothing(self):
        self.host.send(RUN, 1, b'head -c 5000000 /dev/zero')
        self.host.send(RUN, 2, b'exit 4')
        time.sleep(1)
        results, errors = self.host.collect(1, 2)
        self.assertEqual((len(results[1][0]), results[1][1], results[2][1], errors), (5000000, 0, 4, []))

    def test_many_writers_and_a_slow_reader(self):
        numbers = range(1, 41)
        for number in numbers:
            self.host.send(RUN, number, b'yes %d | head -c 200000' % number)
        time.sleep(1)
        results, errors = self.host.collect(*numbers)
        self.assertEqual(errors, [])
        for number in numbers:
            line = b'%d\n' % number
            self.assertEqual(results[number], ((line * 200000)[:200000], 0))

    def test_jobs_run_side_by_side(self):
        started = time.monotonic()
        for number in range(1, 21):
            self.host.send(RUN, number, b'sleep 1; echo %d; exit %d' % (number, number))
        results, errors = self.host.collect(*range(1, 21))
        self.assertEqual(errors, [])
        for number in range(1, 21):
            self.assertEqual(results[number], (b'%d\n' % number, number))
        self.assertLess(time.monotonic() - started, 15)

    def test_65th_job_is_refused_and_the_others_end(self):
        for number in range(1, 66):
            self.host.send(RUN, number, b'read -t 100 < <(sleep 100)')
        kind, number, payload = self.host.receive()
        self.assertEqual((kind, number, payload[0]), (ERROR, 65, RUN))
        for number in range(1, 65):
            self.host.send(SIGNAL, number, bytes([signal.SIGKILL]))
        results, errors = self.host.collect(*range(1, 65))
        self.assertEqual((errors, {code for _, code in results.values()}), ([], {137}))

    def test_signal_reaches_the_whole_group(self):
        marker = self.path('child')
        self.host.send(RUN, 1, b'(sleep 100; touch %s) & wait' % marker.encode())
        self.host.send(SIGNAL, 1, bytes([signal.SIGTERM]))
        results, errors = self.host.collect(1)
        self.assertEqual((results, errors), ({1: (b'', 143)}, []))

    def test_background_process_does_not_hold_exit_back(self):
        started = time.monotonic()
        self.assertEqual(self.host.run(1, 'echo now; (sleep 3; echo late; touch %s) &' % self.path('done')),
                         (b'now\n', 0))
        self.assertLess(time.monotonic() - started, 2.5)
        time.sleep(4)
        self.assertTrue(os.path.exists(self.path('done')), 'it was not killed by SIGPIPE')
        self.assertEqual(self.host.run(1, 'echo next'), (b'next\n', 0))

    def test_endless_background_output_does_not_hold_exit_back(self):
        self.host.send(RUN, 1, b'yes & echo $!')
        output, code = self.host.collect(1)[0][1]
        self.assertEqual(code, 0)
        number = [line for line in output.split(b'\n') if line.isdigit()][0]
        self.assertEqual(self.host.run(2, 'kill %d' % int(number)), (b'', 0))

    def test_closed_output_is_not_the_end(self):
        self.assertEqual(self.host.run(1, 'exec >&- 2>&-; sleep 0.3; exit 9'), (b'', 9))

    def test_no_descriptor_is_left(self):
        self.host.run(1, 'true')
        before = self.descriptors()
        for number in range(2, 40):
            self.host.run(number, 'echo x')
        self.assertEqual(self.descriptors(), before)

    def test_children_inherit_only_their_own_descriptors(self):
        self.host.send(RUN_WITH_STDIN, 1, b'sleep 100')
        # The last one is the folder that ls itself reads.
        self.assertEqual(self.host.run(2, 'exec ls /proc/self/fd'), (b'0\n1\n2\n3\n', 0))
        self.host.send(SIGNAL, 1, bytes([signal.SIGKILL]))


class StdinTest(AgentTest):
    def test_input_and_its_end(self):
        data = os.urandom(300000)
        self.host.send(RUN_WITH_STDIN, 1, b'sha256sum')
        for start in range(0, len(data), 100000):
            self.host.send(STDIN, 1, data[start:start + 100000])
        self.host.send(STDIN, 1)
        results, errors = self.host.collect(1)
        self.assertEqual((results[1], errors), ((hashlib.sha256(data).hexdigest().encode() + b'  -\n', 0), []))

    def test_empty_input(self):
        self.host.send(RUN_WITH_STDIN, 1, b'wc -c')
        self.host.send(STDIN, 1)
        self.assertEqual(self.host.collect(1), ({1: (b'0\n', 0)}, []))

    def test_too_much_input_is_refused_as_a_whole(self):
        self.host.send(RUN_WITH_STDIN, 1, b'sleep 1; wc -c')
        self.host.send(STDIN, 1, bytes(1024 * 1024))
        self.host.send(STDIN, 1, bytes(1024 * 1024))
        self.host.send(STDIN, 1)
        results, errors = self.host.collect(1)
        self.assertEqual(results[1], (b'1048576\n', 0))
        self.assertEqual([error[:2] for error in errors], [(1, STDIN)])

    def test_reader_that_ends_early(self):
        self.host.send(RUN_WITH_STDIN, 1, b'head -c 1')
        self.host.send(STDIN, 1, b'x' * 500000)
        self.assertEqual(self.host.collect(1), ({1: (b'x', 0)}, []))

    def test_job_without_standard_input(self):
        self.host.send(RUN, 1, b'cat; sleep 0.5')
        self.host.send(STDIN, 1, b'x')
        results, errors = self.host.collect(1)
        self.assertEqual((results[1], [error[:2] for error in errors]), ((b'', 0), [(1, STDIN)]))


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
