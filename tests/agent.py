#!/usr/bin/env python3
"""agent.py SOCKET WAY - an ssh agent that does not behave, for any number of connections

big     answers with 200,000 bytes
huge    says that its answer has a gigabyte
none    says that its answer has nothing
half    ends in the middle of an answer
silent  never answers
"""
import os
import socket
import struct
import sys
import threading

path, way = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
os.umask(0)
listener.bind(path)
listener.listen(128)
answers = {
    "big": struct.pack(">IB", 200000, 12) + bytes(199999),
    "huge": struct.pack(">IB", 1 << 30, 12) + bytes(100000),
    "none": struct.pack(">I", 0),
    "half": struct.pack(">IB", 1000, 12),
    "silent": b"",
}


def serve(connection):
    while True:
        request = connection.recv(1 << 16)
        if not request:
            return
        try:
            connection.sendall(answers[way])
        except OSError:
            return
        if way == "half":
            connection.close()
            return


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
