# SPDX-License-Identifier: MIT
"""board-latency without a TEE: what it refuses, and the floor, which needs none."""
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.environ['LATENCY_UNDER_TEST']
PROBE = '28b9e847-7db7-42e4-b1b6-c62f0e9d08b9'


def run(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60)


class LatencyTest(unittest.TestCase):
    def test_wrong_arguments(self):
        for words in ([], ['other'], ['calls'], ['calls', '1'], ['calls', '1', '0'], ['calls', '1', '65'],
                      ['calls', '0', '1'], ['calls', '-1', '1'], ['calls', *['1'] * 7],
                      ['--storage', 'ree', 'calls', '1', '1'],
                      ['load', PROBE], ['load', PROBE[:-1], '1'], ['load', PROBE + '0', '1'], ['load', 'x', '1'],
                      ['chunks', 'erase', '1024', '1024', '1'], ['chunks', 'read', '1024', '1024'],
                      ['floor', '/tmp', '1', '1', '1', '1', '1'], ['floor', '/tmp', '1', '1', '1', '1', '1', 'x']):
            result = run(*words)
            self.assertEqual((result.returncode, result.stdout), (64, ''), words)

    def test_help(self):
        self.assertIn('floor DIRECTORY', run('--help').stdout)

    def test_floor(self):
        with tempfile.TemporaryDirectory() as folder:
            for numbers in (['0'] * 6, ['7', '700', '30', '122880', '4', '3'], ['0', '0', '5', '5', '0', '0']):
                result = run('floor', folder, *numbers)
                words = [line.split() for line in result.stdout.splitlines()]
                self.assertEqual([word[0] for word in words], ['user', 'system'], result.stderr)
                self.assertTrue(all(int(word[1]) >= 0 for word in words))
                self.assertEqual(os.listdir(folder), [])

    def test_floor_says_what_failed(self):
        result = run('floor', '/nowhere', *['1'] * 6)
        self.assertEqual(result.returncode, 1)
        self.assertIn('/nowhere/floor', result.stderr)


if __name__ == '__main__':
    unittest.main()
