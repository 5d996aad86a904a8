# SPDX-License-Identifier: MIT
"""Objects of board-storage: what is whole passes, what is damaged or torn does not."""
import ctypes
import os
import unittest

BLOCK = 4096
LARGEST = 256 * BLOCK


class ContentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = ctypes.CDLL(os.environ['CONTENT_UNDER_TEST'])
        cls.library.content_make.restype = ctypes.c_size_t
        cls.library.content_check.restype = ctypes.c_char_p
        cls.library.content_size_is_valid.restype = ctypes.c_bool

    def make(self, name, sequence, size, blocks=2**32 - 1):
        buffer = ctypes.create_string_buffer(size)
        made = self.library.content_make(name, ctypes.c_uint64(sequence), ctypes.c_uint32(blocks),
                                         ctypes.c_size_t(size), buffer)
        return buffer.raw[:made]

    def check(self, name, data):
        sequence = ctypes.c_uint64()
        wrong = self.library.content_check(name, data, ctypes.c_size_t(len(data)), ctypes.byref(sequence))
        return wrong.decode() if wrong else sequence.value

    def overwrite(self, data, name, sequence, blocks):
        part = self.make(name, sequence, len(data), blocks)
        return part + data[len(part):]

    def test_whole_objects(self):
        for size in (64, 65, 256, BLOCK - 1, BLOCK, BLOCK + 64, 3 * BLOCK + 1000, LARGEST):
            data = self.make(b'name', 77, size)
            self.assertEqual((len(data), self.check(b'name', data)), (size, 77))

    def test_sizes(self):
        for size, valid in ((0, False), (63, False), (64, True), (BLOCK, True), (BLOCK + 1, False),
                            (BLOCK + 63, False), (BLOCK + 64, True), (LARGEST, True), (LARGEST + BLOCK, False)):
            self.assertEqual(self.library.content_size_is_valid(ctypes.c_size_t(size)), valid, size)

    def test_every_byte_counts(self):
        data = self.make(b'n', 5, 2 * BLOCK + 300)
        for place in range(len(data)):
            damaged = bytearray(data)
            damaged[place] ^= 1 << place % 8
            self.assertEqual(self.check(b'n', bytes(damaged)), 'damaged block', place)

    def test_other_name_size_or_place(self):
        data = self.make(b'n', 5, 3 * BLOCK)
        self.assertEqual(self.check(b'm', data), 'damaged block')
        self.assertEqual(self.check(b'n', data[:2 * BLOCK]), 'damaged block')
        self.assertEqual(self.check(b'n', data[BLOCK:] + data[:BLOCK]), 'damaged block')
        self.assertEqual(self.check(b'n', data[:50]), 'impossible size')

    def test_updates_in_place(self):
        data = self.make(b'n', 1, 20 * BLOCK + 100)
        for sequence, blocks in ((2, 16), (3, 1), (9, 5), (10, 21), (11, 1000), (12, 2)):
            data = self.overwrite(data, b'n', sequence, blocks)
            self.assertEqual(self.check(b'n', data), sequence)

    def test_torn_writes(self):
        before = self.make(b'n', 1, 8 * BLOCK)
        after = self.overwrite(before, b'n', 2, 4)
        for cut in range(1, 4):
            torn = after[:cut * BLOCK] + before[cut * BLOCK:]
            self.assertEqual(self.check(b'n', torn), 'a write is there only in part', cut)
            torn = before[:cut * BLOCK] + after[cut * BLOCK:]
            self.assertNotIsInstance(self.check(b'n', torn), int, cut)

    def test_old_block_in_a_new_object(self):
        old = self.make(b'n', 1, 4 * BLOCK)
        new = self.make(b'n', 2, 4 * BLOCK)
        self.assertEqual(self.check(b'n', new[:2 * BLOCK] + old[2 * BLOCK:3 * BLOCK] + new[3 * BLOCK:]),
                         'a write is there only in part')


if __name__ == '__main__':
    unittest.main()
