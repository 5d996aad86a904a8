# SPDX-License-Identifier: MIT
"""Scripts that the agent runs, and their standard input."""
import hashlib
import os
import signal
import time
import unittest

from agent_test import AgentTest, read
from host import ERROR, RUN, RUN_WITH_STDIN, SIGNAL, STDIN


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
        before = self.descriptors()
        for number in range(1, 40):
            self.host.run(number, 'echo x')
        # The end of a pipe is noticed a moment after EXIT.
        deadline = time.monotonic() + 5
        while self.descriptors() > before and time.monotonic() < deadline:
            time.sleep(0.05)
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

if __name__ == '__main__':
    unittest.main()
