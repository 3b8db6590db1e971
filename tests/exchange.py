#!/usr/bin/env python3
"""exchange.py A B - exchange two names until standard input closes; print how often.

renameat2(2) with RENAME_EXCHANGE: there is never a moment without either.
"""
import ctypes
import os
import select
import sys

AT_FDCWD, RENAME_EXCHANGE = -100, 2
renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
a, b = (os.fsencode(word) for word in sys.argv[1:3])
rounds = 0
while True:
    if renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0:
        sys.exit("exchange.py: " + os.strerror(ctypes.get_errno()))
    rounds += 1
    if rounds % 16 == 0 and select.select([0], [], [], 0)[0]:
        break
if rounds % 2:
    renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE)
print(rounds)
