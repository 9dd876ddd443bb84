"""A process that forks for each connection serves any number of them, whatever they print."""

import socket
import subprocess
import sys

TALKER = """
import sys
from vae_course.grading.sandbox.forking import fork_for_each

def serve(connection):
    print("x" * 200_000, flush=True)  # more than a pipe holds
    connection.sendall(b"done")

fork_for_each(sys.argv[1], serve)
"""


def test_what_children_print_never_stops_them(tmp_path):
    path = str(tmp_path / "socket")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", TALKER, path], **pipes) as server:
        assert server.stdout.readline() == b"ready\n"
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(path)
                assert connection.recv(4) == b"done"
        server.stdin.close()
        assert server.wait(timeout=20) == 0
