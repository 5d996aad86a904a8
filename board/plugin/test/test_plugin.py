# SPDX-License-Identifier: MIT
"""The plug-in against a real swtpm, behind something that behaves like a virtio-serial port."""
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from relay import Relay

BUFFER = 4096
SUCCESS = 0
BAD_PARAMETERS = 0xFFFF0006
NOT_SUPPORTED = 0xFFFF000A
COMMUNICATION = 0xFFFF000E
BAD_FORMAT = 0xFFFF0005

MARKER_ANSWER = struct.pack('>HII', 0x8001, 10, 0x1E)
BAD_TAG_ANSWER = struct.pack('>HII', 0x00C4, 10, 0x1E)


def command(code, body=b'', tag=0x8001):
    return struct.pack('>HII', tag, 10 + len(body), code) + body


def get_random(count):
    return command(0x17B, struct.pack('>H', count))


# TPM2_CreatePrimary of an RSA 2048 key: takes swtpm long enough to be interrupted.
SLOW = command(0x131, tag=0x8002, body=bytes.fromhex(
    '40000001' '00000009' '40000009' '0000' '00' '0000' '0004' '0000' '0000'
    '001a' '0001' '000b' '00030072' '0000' '0006' '0080' '0043' '0010' '0800' '00000000' '0000'
    '0000' '00000000'))


class Method(ctypes.Structure):
    _fields_ = [('name', ctypes.c_char_p), ('uuid', ctypes.c_uint8 * 16), ('init', ctypes.c_void_p),
                ('invoke', ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p,
                                            ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)))]


class Plugin:
    """A freshly loaded plug-in: a copy of the object, so that its static state is its own."""

    def __init__(self, directory):
        handle, path = tempfile.mkstemp(suffix='.plugin', dir=directory)
        os.close(handle)
        shutil.copy(os.environ['PLUGIN_UNDER_TEST'], path)
        self.method = Method.in_dll(ctypes.CDLL(path), 'plugin_method')

    def invoke(self, data, size=BUFFER, cmd=0):
        buffer = ctypes.create_string_buffer(data, max(size, len(data), 1))
        length = ctypes.c_size_t(12345)
        result = self.method.invoke(cmd, 0, buffer, size, ctypes.byref(length))
        return result, buffer.raw[:length.value]


class PluginTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        os.chdir(self.directory)
        self.addCleanup(os.chdir, '/')
        self.start_tpm()
        self.relay = Relay('tpm-port.socket', 'tpm.socket')
        self.addCleanup(lambda: self.relay and self.relay.close())
        self.plugin = Plugin(self.directory)

    def start_tpm(self):
        self.swtpm = subprocess.Popen(
            ['swtpm', 'socket', '--tpm2', '--server', 'type=unixio,path=tpm.socket', '--tpmstate', 'dir=.',
             '--flags', 'not-need-init,startup-clear'], stderr=subprocess.DEVNULL)
        self.addCleanup(self.swtpm.wait)
        self.addCleanup(self.swtpm.kill)
        deadline = time.monotonic() + 30
        while not os.path.exists('tpm.socket'):
            self.assertLess(time.monotonic(), deadline, 'swtpm does not start')
            time.sleep(0.02)

    def assert_random(self, plugin, count):
        result, response = plugin.invoke(get_random(count))
        self.assertEqual(result, SUCCESS)
        self.assertEqual(struct.unpack('>HIIH', response[:12]), (0x8001, 12 + count, 0, count))

    def test_uuid_is_the_one_of_the_file_name(self):
        octets = bytes(self.plugin.method.uuid)
        text = '%08x-%04x-%04x-%s-%s' % (struct.unpack('<IHH', octets[:8]) + (octets[8:10].hex(), octets[10:].hex()))
        self.assertEqual(text, os.environ['PLUGIN_UUID'])

    def test_commands_have_their_responses(self):
        for count in (1, 8, 32, 5):
            self.assert_random(self.plugin, count)
        self.assertEqual(self.relay.users, 1, 'the port is opened once')

    def test_error_response_is_a_response(self):
        result, response = self.plugin.invoke(command(0x1))
        self.assertEqual((result, response), (SUCCESS, struct.pack('>HII', 0x8001, 10, 0x143)))

    def test_slow_command(self):
        result, response = self.plugin.invoke(SLOW)
        self.assertEqual(result, SUCCESS)
        self.assertEqual(struct.unpack('>HII', response[:10])[::2], (0x8002, 0))
        self.assertGreater(len(response), 300)

    def test_bad_tag_is_answered_without_the_tpm(self):
        for tag in (0, 0xC1, 0xC4, 0x8003, 0xFFFF):
            self.assertEqual(self.plugin.invoke(command(0x17B, tag=tag)), (SUCCESS, BAD_TAG_ANSWER))
        self.assertEqual(self.relay.users, 0)

    def test_bad_lengths_are_refused(self):
        too_long = struct.pack('>HII', 0x8001, BUFFER + 1, 0x17B)
        too_short = struct.pack('>HII', 0x8001, 9, 0x17B)
        for data, size in ((too_long, BUFFER), (too_short, BUFFER), (b'\x80\x01', 2), (b'', 0),
                           (get_random(8), 11), (get_random(8), BUFFER + 1)):
            self.assertEqual(self.plugin.invoke(data, size), (BAD_PARAMETERS, b''))
        self.assertEqual(self.relay.users, 0)

    def test_unknown_command_of_the_plugin(self):
        self.assertEqual(self.plugin.invoke(get_random(8), cmd=1), (NOT_SUPPORTED, b''))

    def test_null_buffer(self):
        length = ctypes.c_size_t(7)
        self.assertEqual(self.plugin.method.invoke(0, 0, None, 0, ctypes.byref(length)), BAD_PARAMETERS)
        self.assertEqual(length.value, 0)

    def test_response_left_by_a_predecessor_is_not_the_answer(self):
        self.leave_command(get_random(32))
        time.sleep(0.5)
        self.assert_random(self.plugin, 5)

    def test_response_of_a_command_that_still_runs_is_not_the_answer(self):
        self.leave_command(SLOW)
        self.assert_random(self.plugin, 5)
        self.assert_random(self.plugin, 6)

    def test_rest_of_a_response_is_not_the_answer(self):
        self.relay.inject(bytes.fromhex('000000000a0000000080'))
        self.assert_random(self.plugin, 5)

    def test_bytes_that_come_between_two_commands_are_dropped(self):
        self.assert_random(self.plugin, 5)
        self.relay.inject(struct.pack('>HII', 0x8001, 10, 0x101))
        time.sleep(0.2)
        for count in (3, 4):
            self.assert_random(self.plugin, count)

    def test_calls_from_many_threads(self):
        failures = []

        def run(count):
            for _ in range(25):
                try:
                    self.assert_random(self.plugin, count)
                except AssertionError as failure:
                    failures.append(failure)

        threads = [threading.Thread(target=run, args=(count,)) for count in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.relay.users, 1)

    def test_port_that_is_gone_and_back(self):
        self.assert_random(self.plugin, 5)
        self.relay.close()
        self.relay = None
        self.assertEqual(self.plugin.invoke(get_random(5)), (COMMUNICATION, b''))
        self.relay = Relay('tpm-port.socket', 'tpm.socket')
        self.assert_random(self.plugin, 6)

    def test_port_that_appears_late(self):
        self.relay.close()
        self.relay = None

        def appear():
            self.relay = Relay('tpm-port.socket', 'tpm.socket')

        timer = threading.Timer(1, appear)
        timer.start()
        self.assert_random(self.plugin, 5)
        timer.join()

    def leave_command(self, data):
        """Sends a command as a supplicant that dies before the response."""
        with socket.socket(socket.AF_UNIX) as user:
            user.connect('tpm-port.socket')
            user.sendall(data)
            time.sleep(0.05)


class LyingTpmTest(unittest.TestCase):
    """What is not a TPM response never reaches the caller."""

    def test_lengths_out_of_bounds(self):
        for length in (0, 9, BUFFER + 1, 0xFFFFFFFF):
            with self.subTest(length=length):
                self.assertEqual(self.answer_with(struct.pack('>HII', 0x8001, length, 0)), (BAD_FORMAT, b''))

    def test_largest_response(self):
        response = struct.pack('>HII', 0x8001, BUFFER, 0) + bytes(BUFFER - 10)
        self.assertEqual(self.answer_with(response), (SUCCESS, response))

    def test_response_byte_by_byte(self):
        response = struct.pack('>HII', 0x8001, 12, 0) + b'ab'
        self.assertEqual(self.answer_with(response, piece=1), (SUCCESS, response))

    def test_second_marker_that_is_answered_late(self):
        response = struct.pack('>HII', 0x8001, 12, 0) + b'ab'
        self.assertEqual(self.answer_with(response, serve=self.serve_slowly), (SUCCESS, response))

    def answer_with(self, response, piece=BUFFER, serve=None):
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory, True)
        os.chdir(directory)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind('tpm-port.socket')
            listener.listen()
            thread = threading.Thread(target=serve or self.serve, args=(listener, response, piece))
            thread.start()
            result = Plugin(directory).invoke(get_random(2))
            thread.join()
        return result

    @staticmethod
    def serve_slowly(listener, response, piece):
        """Works on something else until a second marker has come, then answers both."""
        with listener.accept()[0] as user:
            markers = b''
            while len(markers) < 20:
                markers += user.recv(BUFFER)
            user.sendall(MARKER_ANSWER)
            user.recv(BUFFER)
            user.sendall(MARKER_ANSWER + response[:piece])
            time.sleep(0.2)

    @staticmethod
    def serve(listener, response, piece):
        with listener.accept()[0] as user:
            user.recv(BUFFER)
            user.sendall(MARKER_ANSWER)
            user.recv(BUFFER)
            for start in range(0, len(response), piece):
                user.sendall(response[start:start + piece])
            time.sleep(0.2)


if __name__ == '__main__':
    unittest.main()
