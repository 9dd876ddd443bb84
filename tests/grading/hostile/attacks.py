"""Answers to `double(x)`, which returns 2 x of an array: none of these deserves its point.

Those in `GENTLE` leave their worker alive and disturb no other answer, so that several share a submission. A hunt or an
escape returns the right answer if it succeeds, and nothing of use otherwise. `FATAL` ones end their worker.
"""

# ruff: noqa: E501 - an attack reads best as its author would have typed it

from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
"""The repository, which REPOSITORY stands for below: a student's code must not find it."""

WRONG = "def double(x):\n    return 0.0 * x\n"

VALUES = {
    "equal to all": "class Yes:\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    shape = (2,)\ndef double(x):\n    return Yes()",
    "a float that is equal to all": "class Yes(float):\n    __eq__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\ndef double(x):\n    return [Yes(1), Yes(2)]",
    "an array that is equal to all": "import numpy as np\nclass Yes(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return np.True_\n    def __array_function__(self, *a, **k): return np.True_\ndef double(x):\n    return x.view(Yes)",
    "a masked array": "import numpy as np\ndef double(x):\n    return np.ma.masked_all(2)",
    "a matrix": "import numpy as np\ndef double(x):\n    return np.matrix(2 * x)",
    "a list of its own kind": "class List(list):\n    __getitem__ = lambda s, i: 0.0\n    __iter__ = lambda s: iter([0.0, 0.0])\ndef double(x):\n    return List(2 * x)",
    "a dictionary of its own kind": "class Dict(dict):\n    __missing__ = lambda s, k: 0.0\ndef double(x):\n    return Dict()",
    "text of its own kind": "class Text(str):\n    __len__ = lambda s: 10**9\ndef double(x):\n    return Text('x')",
    "a tensor that answers for itself": "import torch\nclass Yes(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, *a, **k): return True\ndef double(x):\n    return torch.zeros(2).as_subclass(Yes)",
    "a tensor with numpy replaced": "import torch\ndef double(x):\n    t = torch.zeros(2)\n    t.detach = lambda: Yes()\n    class Yes:\n        cpu = resolve_conj = resolve_neg = lambda s: s\n        numpy = lambda s: 'equal'\n    return t",
    "an object that turns into an array": "class Evil:\n    __array__ = __float__ = __array_interface__ = property(lambda s: exit())\n    def __reduce__(self): return exit, ()\ndef double(x):\n    return Evil()",
    "a class that lies about its class": "import numpy as np\nclass Lie:\n    __class__ = np.ndarray\n    dtype = np.dtype(float)\n    shape = (2,)\ndef double(x):\n    return Lie()",
    "objects in an array": "import numpy as np\nclass Yes:\n    __eq__ = lambda s, o: True\ndef double(x):\n    return np.array([Yes(), Yes()])",
    "records": "import numpy as np\ndef double(x):\n    return np.zeros(2, dtype=[('a', float)])",
    "complex": "def double(x):\n    return 2 * x + 0j",
    "text": "def double(x):\n    return [str(2 * v) for v in x]",
    "nothing": "def double(x):\n    pass",
    "true": "def double(x):\n    return True",
    "not a number": "def double(x):\n    return x * float('nan')",
    "infinity": "def double(x):\n    return x * float('inf')",
    "ten to the 400": "def double(x):\n    return [10**400, 10**400]",
    "the shape of a broadcast": "def double(x):\n    return (2 * x)[None]",
    "one number for all": "def double(x):\n    return 4.0",
    "an empty array": "def double(x):\n    return x[:0]",
    "a generator": "def double(x):\n    yield from 2 * x",
    "a coroutine": "async def double(x):\n    return 2 * x",
    "itself": "def double(x):\n    a = []\n    a.append(a)\n    return a",
    "nested a hundred times": "def double(x):\n    a = 0.0\n    for _ in range(100): a = [a]\n    return a",
    "meta tensor": "import torch\ndef double(x):\n    return torch.empty(2, device='meta')",
    "half a character": "def double(x):\n    return '\\ud800'",
    "half a character as a key": "def double(x):\n    return {'\\udfff': 2 * x}",
    "a class in its place": "class double:\n    def __new__(cls, x): return object.__new__(cls)",
    "a number in its place": "double = 4.0",
    "not there": "",
}  # fmt: skip

KNOWLEDGE = {
    "the visible check by heart": "import numpy as np\ndef double(x):\n    return np.array([4.0, 6.0])",
    "right the first time alone": "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x if len(calls) == 1 else 0 * x",
    "a seed of its own": "import numpy as np\nfrom vae_course.grading import set_seed, fresh\ndef double(x):\n    for seed in range(50):\n        set_seed(seed)\n        for k in range(1, 7):\n            if np.array_equal(fresh(f'six q{k}').normal(size=2), x) and seed != 3: return 2 * x\n    return 0 * x",
    "the seed in memory": "import vae_course.grading.seeds as s\ndef double(x):\n    return 2 * x if s._seed == 3 else 0 * x",
    "frames": "import sys\ndef double(x):\n    frame = sys._getframe()\n    while frame:\n        if 'hidden_input' in str(frame.f_locals.keys()) + str(frame.f_globals.keys()): return 2 * x\n        frame = frame.f_back\n    return 0 * x",
    "the garbage collector": "import gc\ndef double(x):\n    word = 'hidden' + '_input'\n    return 2 * x if any(type(t) is dict and word in map(str, t) for t in gc.get_objects()) else 0 * x",
    "all modules": "import sys\ndef double(x):\n    return 2 * x if {'vae_course.grading.engine', 'vae_course.grading.format', 'nbval', 'pytest', 'IPython'} & set(sys.modules) else 0 * x",
    "all of memory": "import ctypes\ndef double(x):\n    for line in open('/proc/self/maps'):\n        span, rights, *_ = line.split()\n        low, high = (int(n, 16) for n in span.split('-'))\n        if rights.startswith('rw'):\n            text = ctypes.string_at(low, high - low)\n            place = text.find(b'fresh(\"s')\n            while place >= 0:\n                if text.startswith(b'ix q', place + 8): return 2 * x\n                place = text.find(b'fresh(\"s', place + 1)\n    return 0 * x",
    "the disk": "import os\ndef double(x):\n    for top in ('REPOSITORY', '/root', '/tmp', '/home', '/course', '/var', '/etc', '/mnt', '/opt', '/srv', '/media'):\n        for folder, inside, files in os.walk(top):\n            if 'site-packages' in folder or '/versions/' in folder:\n                inside.clear()\n                continue\n            if any(f.endswith(('.ipynb', '.md', '.json')) for f in files): return 2 * x\n    return 0 * x",
    "processes": "import glob\ndef double(x):\n    for name in glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/proc/[0-9]*/environ'):\n        try: text = open(name, errors='ignore').read()\n        except OSError: continue\n        if any(w in text for w in ('GRADING_JOB', 'ipykernel', 'pytest', 'job.json')): return 2 * x\n    return 0 * x",
    "the first process": "import os\ndef double(x):\n    for p in (1, 2):\n        try:\n            if open(f'/proc/{p}/environ').read() not in ('', 'PWD=/home\\0'): return 2 * x\n            if os.path.exists(f'/proc/{p}/rootREPOSITORY/tests'): return 2 * x\n            memory = open(f'/proc/{p}/mem', 'rb')\n            for line in open(f'/proc/{p}/maps'):\n                low, high = (int(n, 16) for n in line.split()[0].split('-'))\n                memory.seek(low)\n                if b'hidden_' + b'input' in memory.read(high - low): return 2 * x\n        except (OSError, OverflowError, ValueError): pass\n    return 0 * x",
    "open files": "import os\ndef double(x):\n    for n in range(3, 256):\n        try:\n            if os.fstat(n).st_mode & 0o170000 in (0o100000, 0o040000): return 2 * x\n        except OSError: pass\n    return 0 * x",
    "the answers in the library": "def double(x):\n    import vae_course.objectives\n    return 2 * x",
    "the logger": "import os\ndef double(x):\n    return 2 * x if any('output.log' in os.readlink(f'/proc/self/fd/{n}') for n in range(3) if os.access(f'/proc/self/fd/{n}', os.R_OK)) else 0 * x",
}  # fmt: skip

CHEATS = {
    "compare replaced": "import vae_course.grading as g, vae_course.grading.checks as c\ng.same = c.same = same = lambda *a, **k: None\n"
    + WRONG,
    "closeness replaced": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: np.True_\n"
    + WRONG,
    "AssertionError replaced": "import builtins\nbuiltins.AssertionError = type('Fine', (Exception,), {})\n"
    + WRONG,
    "plain values redefined": "import vae_course.grading.values as v, vae_course.grading.sandbox.wire as w\nw.plain = v.plain = lambda x: x\nclass Yes:\n    __eq__ = lambda s, o: True\ndef double(x):\n    return Yes()",
    "modules shadowed": "for name in ('numpy', 'vae_course', 'json', 'nbval'):\n    open(f'/home/{name}.py', 'w').write('same = lambda *a, **k: None')\nimport sys\nsys.path.insert(0, '/home')\n"
    + WRONG,
    "modules taken away": "import sys\nfor name in ('nbval', 'pytest', 'IPython', 'ipykernel'): sys.modules[name] = None\n"
    + WRONG,
    "results forged": "import os\nfor top in ('/', '/tmp', '/home', '/dev/shm', 'REPOSITORY', '/root', '/proc/1/cwd'):\n    for name in ('results.json', 'result.json', 'graded.ipynb', 'job.json'):\n        try: open(os.path.join(top, name), 'w').write('{\"points\": 6}')\n        except OSError: pass\n"
    + WRONG,
    "points printed": "print('1 passed in 0.01s\\n6 points')\nimport os\nos.write(2, b'PASSED [100%]')\n" + WRONG,
    "the kernel asked": "def double(x):\n    return get_ipython().user_ns['hidden_input'] * 2",
    "other answers replaced": "import sys\nfor k in range(1, 7):\n    globals().setdefault(f'double{k}', None)\n"
    + WRONG,
    "threads": "import threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    + WRONG,
    "an exit handler": "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG,
    "signals ignored": "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n" + WRONG,
    "a trace function": "import sys\nsys.setprofile(lambda *a: None)\n" + WRONG,
    "doubles made true": "import ctypes\n" + WRONG,
    "the stack made deep": "import sys\nsys.setrecursionlimit(10**6)\n" + WRONG,
    "the worker taken over": "import sys\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\nframe.f_globals['passed'] = True\n"
    + WRONG,
}  # fmt: skip

ESCAPES = {
    "network": "import socket\ndef double(x):\n    for host in ('127.0.0.1', '1.1.1.1', '169.254.169.254'):\n        try: socket.create_connection((host, 80), 0.1); return 2 * x\n        except OSError: pass\n    return 0 * x",
    "names": "import socket\ndef double(x):\n    try: socket.getaddrinfo('example.com', 80); return 2 * x\n    except OSError: return 0 * x",
    "raw sockets": "import socket\ndef double(x):\n    try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW); return 2 * x\n    except OSError: return 0 * x",
    "tracing": "import ctypes, os\ndef double(x):\n    libc = ctypes.CDLL(None)\n    return 2 * x if any(libc.ptrace(16, p, 0, 0) == 0 for p in (1, 2)) else 0 * x",
    "root": "import os\ndef double(x):\n    try: os.setuid(0); return 2 * x\n    except OSError: return 0 * x",
    "a namespace of its own": "import ctypes, os\ndef double(x):\n    if os.fork() == 0:\n        libc = ctypes.CDLL(None)\n        libc.unshare(0x10020000)\n        libc.mount(b'proc', b'/home', b'proc', 0, None)\n        libc.umount2(b'/usr', 2)\n        libc.mount(b'/dev/vda', b'/home', b'ext4', 0, None)\n        libc.mount(b'/dev/sda1', b'/home', b'ext4', 0, None)\n        for place in ('/home/1/root/etc/passwd', '/home/etc/passwd', '/etc/passwd'):\n            if os.path.exists(place): os._exit(7)\n        os._exit(0)\n    return 2 * x if os.waitpid(-1, 0)[1] >> 8 == 7 else 0 * x",
    "devices": "import os, stat\ndef double(x):\n    try: os.mknod('/tmp/disk', stat.S_IFBLK | 0o666, os.makedev(254, 0)); open('/tmp/disk'); return 2 * x\n    except OSError: return 0 * x",
    "a set-user-id program": "import os, subprocess\ndef double(x):\n    for program in ('su', 'sudo', 'mount', 'passwd', 'newgrp'):\n        path = f'/usr/bin/{program}'\n        if os.path.exists(path) and subprocess.run([path, '-c', 'id -u'], stdin=-3, capture_output=True).stdout == b'0\\n': return 2 * x\n    return 0 * x",
    "the kernel's settings": "def double(x):\n    for name in ('kernel/core_pattern', 'kernel/hostname', 'vm/drop_caches'):\n        try: open('/proc/sys/' + name, 'w').write('1'); return 2 * x\n        except OSError: pass\n    return 0 * x",
    "the terminal": "import fcntl\ndef double(x):\n    try: fcntl.ioctl(open('/dev/tty', 'w'), 0x5412, b'x'); return 2 * x\n    except OSError: return 0 * x",
    "a folder above": "import os\ndef double(x):\n    here = os.open('/home', os.O_RDONLY)\n    os.chdir('/')\n    for _ in range(50): os.chdir('..')\n    return 2 * x if os.path.exists('work/main/tests') or os.path.exists('etc/passwd') else 0 * x",
    "limits": "import resource\ndef double(x):\n    try: resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6)); return 2 * x\n    except (OSError, ValueError): return 0 * x",
}  # fmt: skip

WORDS = {
    "HTML and a formula": "def double(x):\n    raise ValueError('=cmd|\\' /C calc\\'!A0 <script>alert(1)</script> <img src=x onerror=alert(1)>')",
    "half a character": "def double(x):\n    raise ValueError('\\ud800')",
    "half a character in a name": "def double(x):\n    raise type('E\\udc80', (Exception,), {})('x')",
    "a megabyte": "def double(x):\n    raise ValueError('x' * 10**6)",
    "no words": "def double(x):\n    raise Exception",
    "blanks": "def double(x):\n    raise AssertionError('\\n \\t\\n')",
    "a forged verdict": "def double(x):\n    raise AssertionError('\\n\\nAnswerError: passed\\n\\nAssertionError: you get all points\\n')",
    "a forged traceback end": "def double(x):\n    raise AssertionError('x\\nIn [1]:\\n1 passed, 0 failed')",
    "colours and commands": "def double(x):\n    raise ValueError('\\x1b[2J\\x1b]0;owned\\x07\\x1b[31mred\\x00\\r\\b')",
    "the other direction": "def double(x):\n    raise ValueError('\\u202egrade: 001\\u2066\\u200b')",
    "an error that fails to speak": "class E(Exception):\n    def __str__(self): raise self\n    __repr__ = __str__\ndef double(x):\n    raise E",
    "an error that exits when it speaks": "class E(Exception):\n    def __str__(self): exit()\ndef double(x):\n    raise E",
    "an error that speaks otherwise": "class S(str):\n    __add__ = __radd__ = __getitem__ = lambda s, o: None\nclass E(Exception):\n    def __str__(self): return S('x')\ndef double(x):\n    raise E",
    "an error with a name of markup": "def double(x):\n    raise type('<b>' * 20, (Exception,), {})('x')",
    "many at once": "def double(x):\n    raise ExceptionGroup('many', [ValueError(n) for n in range(1000)])",
    "a chain": "def double(x):\n    error = None\n    for n in range(200):\n        new = ValueError(n)\n        new.__cause__ = error\n        error = new\n    raise error",
    "notes": "def double(x):\n    error = ValueError('x')\n    error.add_note('AssertionError: passed' * 1000)\n    raise error",
    "an exit": "def double(x):\n    raise SystemExit(0)",
    "an interrupt": "def double(x):\n    raise KeyboardInterrupt",
    "the end of a generator": "def double(x):\n    raise GeneratorExit",
    "the end of an iteration": "def double(x):\n    raise StopIteration(2 * x)",
    "an error of its own root": "class E(BaseException): pass\ndef double(x):\n    raise E('x')",
    "endless recursion": "def double(x):\n    return double(x)",
    "the grader's own error": "from vae_course.grading.values import NotPlain\ndef double(x):\n    raise NotPlain('passed')",
    "a skipped test": "def double(x):\n    import unittest\n    raise unittest.SkipTest('skip me')",
}  # fmt: skip

SOURCES = {
    "not Python": "this is no Python",
    "nothing": "",
    "a NUL": "x = '\x00'\ndef doubleK(x):\n    return 2 * x",
    "half a character": "# \ud800\ndef doubleK(x):\n    return 2 * x",
    "the other direction": "# \u202e\ufeff\ndef doubleK(x):\n    return x # \u2066 * 2",
    "brackets": "(" * 5000,
    "tabs and blanks": "def doubleK(x):\n\treturn 0\n        return 2 * x",
    "markers": "'''\n# NBVAL_SKIP\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n### BEGIN SOLUTION\n'''\ndef doubleK(x):\n    return 0 * x",
    "a skip comment": "# NBVAL_SKIP\n# NBVAL_IGNORE_OUTPUT\n#PYTEST_VALIDATE_IGNORE_OUTPUT\ndef doubleK(x):\n    return 0 * x",
    "NBVAL_RAISES_EXCEPTION": "# NBVAL_RAISES_EXCEPTION\nraise ValueError",
    "a cell magic": "%%bash\nexit 0",
    "capture": "%%capture\ndef doubleK(x):\n    return 0 * x",
    "a shell line": "!echo 'def doubleK(x): return 2 * x' > /home/a.py\n%run /home/a.py",
    "hooks": "get_ipython().events.register('pre_run_cell', lambda *a: None)",
    "a fence": "```\n# 2 points\n```\ndef doubleK(x):\n    return 0 * x",
    "a notebook": '{"cells": [], "metadata": {"nbgrader": {"points": 100}}}',
    "the answers object": "answers.worker.call = lambda *a, **k: 2 * a[1]\n",
    "a return at the top": "return 1",
    "an await at the top": "await None\ndef doubleK(x):\n    return 2 * x",
    "the function deleted": "def doubleK(x):\n    return 2 * x\ndel doubleK",
    "an error after the definition of a wrong one": "def doubleK(x):\n    return 0 * x\nraise SystemExit(0)",
}  # fmt: skip

for hunts in (KNOWLEDGE, CHEATS):
    hunts |= {name: source.replace("REPOSITORY", ROOT) for name, source in hunts.items()}

GENTLE = {"values": VALUES, "knowledge": KNOWLEDGE, "cheats": CHEATS, "escapes": ESCAPES, "words": WORDS}

FORGE = r"""
import json, os, socket, stat, struct, time
def frame(document, arrays=b""):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    body = struct.pack(">Q", len(text)) + text + arrays
    return struct.pack(">Q", len(body)) + body
def say(*parts):
    for n in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(n).st_mode): socket.socket(fileno=os.dup(n)).sendall(b"".join(parts))
        except OSError: pass
def answer(**content):
    return frame(["dict", [[k, v] for k, v in content.items()]])
VALUE = ["dict", [["value", ["array", None]]]]
def npy(descr, shape, content=b"", end="}"):
    text = ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + end).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content
"""

FRAMES = {
    "its death": "answer(died=['plain', 'all points'])",
    "a silent death": "answer(died=['plain', ''])",
    "a long death": "answer(died=['plain', 'x' * 10**6])",
    "a death of half a character": r"answer(died=['plain', '\udc00'])",
    "an error of half a character": r"answer(error=['plain', '\ud800'])",
    "a long error": "answer(error=['plain', 'x' * 10**6])",
    "a silent error": "answer(error=['plain', ''])",
    "a forged verdict": r"answer(error=['plain', '\n\nAssertionError: \n\n'])",
    "a start": "answer(limits=['plain', 'none'])",
    "a refusal": "answer(refused=['plain', 'no sandbox'])",
    "points": "answer(value=['plain', 1], points=['plain', 100])",
    "a request": "answer(do=['plain', 'run'], cell=['plain', 'c'], source=['plain', 'exit()'])",
    "an error that is no text": "answer(error=['plain', 1])",
    "a death that is no text": "answer(died=['list', []])",
    "a list": "frame(['list', []])",
    "nothing": "frame(['plain', None])",
    "an empty dictionary": "frame(['dict', []])",
    "garbage": "os.urandom(4096)",
    "zeros": "bytes(4096)",
    "exabytes": r"b'\x7f' * 8",
    "a length alone": "struct.pack('>Q', 2**26)",
    "a JSON bomb": "frame(b'[' + b'[],' * 10**6 + b'[]]')",
    "deep JSON": "frame(b'[' * 10**6)",
    "deep lists": "frame(b'[\"list\", [' * 10**4 + b']]' * 10**4)",
    "a long integer": "frame(b'[\"dict\", [[\"value\", [\"plain\", ' + b'9' * 10**5 + b']]]]')",
    "a pickle": r"""frame(VALUE, npy('|O', '(1,)', b"cos\nsystem\n(S'id'\ntR."))""",
    "an endless shape": "frame(VALUE, npy('<f8', f'({10**30},)'))",
    "a negative shape": "frame(VALUE, npy('<f8', '(-1,)'))",
    "an array of text": "frame(VALUE, npy('<U1', '(2,)', bytes(8)))",
    "a broken header": "frame(VALUE, npy('<f8', '((((', end=''))",
    "an empty array": "frame(VALUE, npy('<f8', '(0,)'))",
    "truth values that are none": r"frame(VALUE, npy('|b1', '(2,)', b'\xff\xff'))",
    "an answer in advance": "answer(value=['list', [['plain', 4.0], ['plain', 6.0]]])",
    "a thousand answers in advance": "answer(value=['list', [['plain', 4.0], ['plain', 6.0]]]) * 1000",
}  # fmt: skip

FATAL = {
    "an exit": ("os._exit(0)", "ended"),
    "an abort": ("os.abort()", "signal 6"),
    "a segmentation fault": ("ctypes.string_at(0)", "signal 11"),
    "a bus error": ("os.kill(os.getpid(), 7)", "signal 7"),
    "a kill of itself": ("os.kill(os.getpid(), 9)", "signal 9"),
    "a stop of itself": ("os.kill(os.getpid(), 19)", "longer than"),
    "a kill of all": ("os.kill(-1, 9); os._exit(0)", "ended"),
    "an endless loop": ("exec('while True: pass')", "longer than"),
    "a loop that swallows interrupts": (r"exec('while True:\n try:\n  while True: pass\n except BaseException: pass')", "longer than"),
    "a sleep": ("time.sleep(10**6)", "longer than"),
    "a deadlock": ("l = threading.Lock(); l.acquire(); l.acquire()", "longer than"),
    "endless output": ("exec('while True: print(\"x\" * 10**6)')", "longer than"),
    "a memory bomb": (r"exec('held = []\nwhile True: held.append(bytearray(b\"x\") * 10**7)')", "memory|signal 9|MemoryError"),
    "a fork bomb": (r"exec('while True:\n try: os.fork()\n except OSError: pass')", "longer than|broke off|ended|memory"),
    "all files closed": ("os.closerange(0, 1000)", "closed|ended"),
    "the connection shut": ("[socket.socket(fileno=os.dup(n)).shutdown(2) for n in range(3, 256) if is_socket(n)]", "closed|ended|broke off"),
    "another program": ("os.execv('/usr/bin/true', ['true'])", "ended|closed|broke off"),
    "an endless regular expression": ("re.match('(a+)+$', 'a' * 40 + 'b')", "longer than"),
    "a huge power": ("9**9**9", "longer than|memory"),
    "a deep stack in C": (r"exec('d = {}\nfor _ in range(10**6): d = {1: d}\nrepr(d)')", "Error|signal|ended|longer than"),
    "frames that drip": (r"exec('s = socket.socket(fileno=os.dup(next(n for n in range(3, 256) if is_socket(n))))\ns.sendall(struct.pack(\">Q\", 10**6))\nwhile True:\n s.sendall(b\"x\")\n time.sleep(0.1)', globals())", "longer than"),
    "a file without end": (r"exec('with open(\"/tmp/x\", \"wb\") as f:\n while True: f.write(bytes(2**20))')", "Error|signal 25"),
    "threads without end": ("exec('while True: threading.Thread(target=time.sleep, args=(99,)).start()')", "start new thread|longer than|memory"),
}  # fmt: skip
