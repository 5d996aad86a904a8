# SPDX-License-Identifier: MIT
"""The agent, natively, with a Unix socket in place of the virtio-serial port."""
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

from host import Host


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
