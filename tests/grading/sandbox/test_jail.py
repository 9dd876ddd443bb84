"""The walls: what code inside can see, reach, change and leave behind."""

# ruff: noqa: E501 - what runs inside reads best on the lines that it has there

import contextlib
import ctypes
import os
import socket
from pathlib import Path

import pytest

from tests.grading.sandbox.tools import SHORT, answer, descendants, groups, missing, running, soon
from vae_course.grading.sandbox import AnswerError, Limits, SandboxError, Server, Worker

pytestmark = pytest.mark.xdist_group("sandbox")
ROOT = Path(__file__).resolve().parents[3]


def ask(start, body: str, head: str = "import ctypes, os, socket, subprocess"):
    """What the body of a function returns inside."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return start(source=f"{head}\ndef f():\n{lines}").call("f")


def test_there_is_no_network(start):
    with socket.socket() as listener:  # a port that is open outside
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        said = ask(
            start,
            f"said = []\nfor host, port in (('127.0.0.1', {port}), ('1.1.1.1', 53), ('::1', {port})):\n"
            "    try:\n        socket.create_connection((host, port), 0.3)\n        said.append('connected')\n"
            "    except OSError as error:\n        said.append(type(error).__name__)\n"
            "return said, open('/proc/net/dev').read().count(':')",
        )
    assert "connected" not in said[0]
    assert said[1] <= 1  # the loopback interface alone


def test_abstract_sockets_of_the_machine_cannot_be_reached(start):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0vae-course-test")
        listener.listen()
        source = "import socket\ndef f():\n    socket.socket(socket.AF_UNIX).connect('\\0vae-course-test')"
        assert "ConnectionRefusedError" in answer(start(source=source), "f")


def test_the_server_s_own_socket_cannot_be_reached(start, server):
    assert server.path.exists()
    assert ask(start, f"return os.path.exists({str(server.path)!r})") is False


@pytest.mark.parametrize(
    "place", ["/", "/usr", "/usr/lib", "/usr/bin", "/proc/sys/kernel", "/dev", "/course", "/etc"]
)
def test_the_system_is_read_only(start, place):
    source = f"def f():\n    open({place!r} + '/new', 'w')"
    assert "Error" in answer(start(source=source), "f")


def test_packages_and_given_files_cannot_be_changed(start):
    said = ask(
        start,
        "import numpy\nimport vae_course\nsaid = []\n"
        "for file in (numpy.__file__, vae_course.__file__, os.__file__, '/usr/bin/env'):\n"
        "    for change in (lambda: open(file, 'a'), lambda: os.unlink(file), lambda: os.rename(file, file + 'x'),\n"
        "                   lambda: os.chmod(file, 0o777)):\n"
        "        try:\n            change()\n            said.append(file)\n        except OSError:\n            pass\n"
        "return said",
    )  # fmt: skip
    assert said == []


def test_there_is_room_for_scratch_files_and_not_more(start):
    said = ask(
        start,
        "said = []\nfor folder in ('/tmp', '/home', '/dev/shm'):\n"
        "    open(folder + '/small', 'w').write('x')\n"
        "    written = 0\n    try:\n        for number in range(3):\n            with open(f'{folder}/{number}', 'wb') as file:\n"
        "                for _ in range(40): written += file.write(bytes(2**20)); file.flush()\n"
        "    except OSError: pass\n"
        "    for file in ('small', '0', '1', '2'):\n"
        "        if os.path.exists(folder + '/' + file): os.unlink(folder + '/' + file)\n"
        "    said.append(written / 2**20)\nreturn said",
    )  # fmt: skip
    assert all(40 < mebibytes < 70 for mebibytes in said)


def test_there_is_no_privilege_and_no_way_to_one(start):
    status = ask(start, "return open('/proc/self/status').read()")
    values = dict(line.split(":", 1) for line in status.splitlines())
    assert all(int(values[f"Cap{kind}"], 16) == 0 for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"))
    assert values["NoNewPrivs"].strip() == "1"
    assert values["Groups"].split() in ([], ["65534"])
    assert "0" not in values["Uid"].split() + values["Gid"].split()
    for change in (
        "setuid(0)",
        "setgid(0)",
        "setresuid(0, 0, 0)",
        "setgroups([0])",
        "chroot('/tmp')",
        "nice(-5)",
    ):
        said = answer(start(source=f"import os\ndef f():\n    os.{change}"), "f")
        assert "PermissionError" in said or "Invalid argument" in said  # a user that is not there


def test_every_worker_has_a_user_of_its_own(start):
    if os.geteuid() != 0:
        pytest.skip("only root can give users")
    users = [ask(start, "return os.getuid()") for _ in range(2)]
    assert len({*users, os.getuid()}) == 3


def test_repository_tests_and_answers_cannot_be_seen(start, tmp_path):
    (tmp_path / "results.json").write_text("{}")
    places = [
        ROOT / "tests",
        ROOT / "exercises",
        ROOT / "vae_course",
        ROOT / ".git",
        tmp_path / "results.json",
        Path("/etc/passwd"),
        Path.home() / ".ssh",
        Path("/var"),
        Path("/sys"),
        Path("/run"),
        Path("/boot"),
    ]
    found = ask(start, f"return [place for place in {[str(p) for p in places]!r} if os.path.exists(place)]")
    assert found == []


def test_no_file_inside_speaks_of_tests(start):
    """Everything that may be read beside the system's and the packages' own folders."""
    found = ask(
        start,
        "import sys, sysconfig\n"
        "skip = ('/proc', '/dev', '/usr', os.path.realpath(sys.base_prefix), sysconfig.get_path('purelib'))\n"
        "found = []\n"
        "for folder, folders, files in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if not os.path.realpath(os.path.join(folder, f)).startswith(skip)]\n"
        "    found += [os.path.join(folder, file) for file in files]\n"
        "return sorted(found)",
    )
    assert [file for file in found if not file.startswith(("/course/vae_course/", "/etc/ld.so.cache"))] == []
    assert {Path(file).name for file in found if file.startswith("/course")} == {
        "__init__.py",
        "checks.py",
        "seeds.py",
        "values.py",
    }


def test_secrets_of_the_launcher_s_environment_do_not_come_in(monkeypatch, tmp_path):
    if reason := missing():
        pytest.skip(reason)
    monkeypatch.setenv("VAE_COURSE_TEST_SECRET", "planted-38471")
    source = """
import gc, os, re
def f():
    found = [str(dict(os.environ))]
    for process in filter(str.isdigit, os.listdir('/proc')):
        for file in ('environ', 'cmdline'):
            try: found.append(open(f'/proc/{process}/{file}', 'rb').read().decode(errors='replace'))
            except OSError: pass
    return found
"""
    with Server() as server:
        worker = Worker(server.path, tmp_path / "log", SHORT)
        assert worker.run("cell", source) == ""
        found = worker.call("f")
        worker.close()
    assert len(found) > 3
    assert not [text for text in found if "planted-38471" in text]


HELD = "planted-" + "-".join(str(n) for n in range(77201, 77204))
"""A secret in the memory of the process that asks for workers, which no source text holds."""


def test_secrets_of_the_launcher_s_memory_do_not_come_in(start):
    source = """
import ctypes
def f(first, second):
    found = read = 0
    for line in open('/proc/self/maps'):
        span, rights, *rest = line.split()
        low, high = (int(x, 16) for x in span.split('-'))
        if rights.startswith('rw'):
            content = ctypes.string_at(low, high - low)
            read += len(content)
            place = content.find(first)
            while place >= 0:
                found += content.startswith(second, place + len(first))
                place = content.find(first, place + 1)
    return found, read
"""
    source = source.replace(
        "first, second):", "first, second):\n    first, second = first.encode(), second.encode()"
    )
    worker = start(Limits(memory=2**30, call_seconds=10, total_seconds=20), source)
    assert worker.run("proof", "kept = bytes([107, 101, 112, 116, 45, 107, 101, 112, 116])") == ""
    found, read = worker.call("f", "kept", "-kept")
    assert found >= 1  # the search finds what is there
    assert read > 10 * 2**20
    assert worker.call("f", HELD[:15], HELD[15:])[0] == 0


def test_only_its_own_processes_are_seen_and_none_can_be_touched(start):
    programs, touched, own = ask(
        start,
        """
import signal
libc = ctypes.CDLL(None)
pids = [int(p) for p in os.listdir('/proc') if p.isdigit()]
names = [open(f'/proc/{p}/comm').read().strip() for p in pids]
touched = []
# Without root all are one user, and what a student can end is the own sandbox.
for p in (1, 2, os.getppid()) if os.getuid() != 65534 else ():
    for what in (lambda: os.kill(p, signal.SIGKILL), lambda: open(f'/proc/{p}/environ').read(1), lambda: os.listdir(f'/proc/{p}/root'),
                 lambda: os.listdir(f'/proc/{p}/fd'), lambda: open(f'/proc/{p}/mem', 'rb'), lambda: open(f'/proc/{p}/oom_score_adj', 'w').write('-1000')):
        try:
            if p > 0:
                what()
                touched.append(p)
        except OSError:
            pass
    if p and libc.ptrace(16, p, 0, 0) == 0:
        touched.append(p)
return names, touched, os.getppid()
""".strip(),
    )
    assert len(programs) <= 3
    assert own == 0
    if os.geteuid() == 0:
        assert touched == []


def test_killing_everything_ends_the_worker_alone(start, server):
    worker = start(
        source="import os\ndef f():\n    for p in (1, 2, -1):\n        try: os.kill(p, 9)\n        except OSError: pass\n    return 1"
    )
    with contextlib.suppress(
        AnswerError
    ):  # without root the first process can be killed, and all end with it
        assert worker.call("f") == 1
    assert server.process.poll() is None
    assert start(source="def f():\n    return 2").call("f") == 2


def test_no_file_of_the_server_is_open_inside(start):
    count = ask(
        start,
        "import fcntl\nfound = 0\nfor n in range(256):\n    try:\n        fcntl.fcntl(n, fcntl.F_GETFD)\n        found += 1\n"
        "    except OSError:\n        pass\nreturn found",
    )
    assert count == 4  # the three standard ones and the connection


def test_limits_cannot_be_raised(start):
    source = "import resource\ndef f(what, value):\n    resource.setrlimit(getattr(resource, what), (value, value))"
    worker = start(source=source)
    for what in ("RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
        assert "not allowed" in answer(worker, "f", what, 10**9)


def test_the_kernel_s_keys_are_not_shared_between_workers(start):
    number = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(os.uname().machine)
    if number is None:
        pytest.skip("the numbers of the system calls are not known here")
    head = "import ctypes\nlibc = ctypes.CDLL(None)"
    plant = (
        f"return libc.syscall({number[0]}, b'user', b'vae-course-test', b'answer', ctypes.c_size_t(6), -3)"
    )
    look = f"return libc.syscall({number[1]}, 10, -3, b'user', b'vae-course-test', 0)"
    ask(start, plant, head)
    assert ask(start, look, head) == -1


def test_keys_of_the_launcher_are_not_inherited(tmp_path):
    number = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(os.uname().machine)
    if reason := missing() or (number is None and "unknown system calls"):
        pytest.skip(reason)
    child = os.fork()  # a session of its own, so that the tests' keyring stays as it is
    if child == 0:
        status = 2
        try:
            libc = ctypes.CDLL(None)
            have_keys = libc.syscall(number[1], 1, None) > 0
            libc.syscall(number[0], b"user", b"vae-course-test", b"secret", ctypes.c_size_t(6), -3)
            with Server() as server:
                worker = Worker(server.path, tmp_path / "log", SHORT)
                worker.run(
                    "cell",
                    "import ctypes\ndef f():\n    return ctypes.CDLL(None).syscall("
                    f"{number[1]}, 10, -3, b'user', b'vae-course-test', 0)",
                )
                status = 0 if not have_keys or worker.call("f") == -1 else 1
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


SURVIVORS = {
    "a child": "subprocess.Popen(['/usr/bin/sleep', MARK])",
    "a session of its own": "subprocess.Popen(['/usr/bin/sleep', MARK], start_new_session=True)",
    "a daemon, forked twice": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execv('/usr/bin/sleep', ['sleep', MARK])\n    os._exit(0)",
    "a process that ignores signals": "import signal\nif os.fork() == 0:\n    for n in range(1, 32):\n        try: signal.signal(n, signal.SIG_IGN)\n        except OSError: pass\n    os.execv('/usr/bin/sleep', ['sleep', MARK])",
    "a stopped process": "import signal\np = subprocess.Popen(['/usr/bin/sleep', MARK])\nos.kill(p.pid, signal.SIGSTOP)",
    "a namespace inside": "subprocess.Popen(['/usr/bin/unshare', '-Urpf', '/usr/bin/sleep', MARK])",
}  # fmt: skip


@pytest.mark.parametrize("end", ["close", "death"])
@pytest.mark.parametrize("kind", SURVIVORS)
def test_no_process_outlives_its_worker(start, kind, end):
    mark = f"8{os.getpid()}{list(SURVIVORS).index(kind)}{len(end)}"
    worker = start(
        source=f"import os, subprocess\nMARK = {mark!r}\n{SURVIVORS[kind]}\ndef f():\n    os._exit(0)"
    )
    if kind != "a namespace inside":  # which may be forbidden
        assert soon(lambda: bool(running(mark)))
    if end == "close":
        worker.close()
    else:
        answer(worker, "f")
    assert soon(lambda: not running(mark))


def test_nothing_is_left_of_a_worker(start, server):
    source = "for folder in ('/tmp', '/dev/shm', '/home'): open(folder + '/vae-course-left', 'w').close()"
    workers = [start(source=source) for _ in range(3)]
    names = groups(server)
    assert len(names) == (3 if workers[0].kind != "rlimit" else 0)
    for worker in workers:
        worker.close()
    assert soon(lambda: not descendants(server.process.pid))
    assert not left(names)
    assert not [f for f in ("/tmp", "/dev/shm", "/home") if Path(f, "vae-course-left").exists()]


def test_a_refused_worker_leaves_no_control_group(server, tmp_path):
    before = left({""})
    with pytest.raises(SandboxError, match="cannot make a sandbox"):
        Worker(server.path, tmp_path / "log", SHORT, ("no/such/file.py",))
    added = left({""}) - before  # other servers of this machine may have made some meanwhile; theirs go
    assert soon(lambda: not added & left({""}), 60)


def left(names: set[str]) -> set[Path]:
    """Folders of control groups of these names."""
    top = Path("/sys/fs/cgroup")
    return {
        path
        for name in names
        for pattern in ("vae-course-*", "*/vae-course-*")
        for path in top.glob(pattern)
        if path.name.startswith(name)
    }
