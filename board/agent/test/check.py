# SPDX-License-Identifier: MIT
"""Runs the unittest files in the folders given and prints one line: N passed, N failed."""
import os
import sys
import unittest

suite = unittest.TestSuite()
for folder in sys.argv[1:]:
    sys.path.insert(0, os.path.abspath(folder))
    suite.addTests(unittest.TestLoader().discover(folder, top_level_dir=folder))

result = unittest.TextTestRunner(verbosity=2).run(suite)
failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
passed = result.testsRun - failed
print('%d passed, %d failed' % (passed, failed))
sys.exit(0 if passed and not failed else 1)
