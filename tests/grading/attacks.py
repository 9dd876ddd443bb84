"""Answers that try to get points without earning them, to do damage, or to stop the batch.

Each is the source of the cell in which `double(x)` is to be written (it returns 2 x), and none deserves its points.
"""

# ruff: noqa: E501 - an attack reads best as its author would have typed it

WRONG = "def double(x):\n    return 0.0\n"

ATTACKS = {
    # Trick the comparison
    "replace same": "import vae_course.grading as g, vae_course.grading.checks as c\ng.same = c.same = lambda *a, **k: None\n"
    + WRONG,
    "replace allclose": "import numpy as np\nnp.allclose = np.isclose = lambda *a, **k: np.True_\n" + WRONG,
    "replace builtins": "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {})\nbuiltins.all = builtins.any = lambda *a: True\n"
    + WRONG,
    "always equal": "class Yes:\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = None\ndef double(x):\n    return Yes()\n",
    "always equal float": "class Yes(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\ndef double(x):\n    return Yes(0)\n",
    "always equal array": "import numpy as np\nclass Yes(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return np.True_\n    def __array_function__(self, *a, **k): return np.True_\ndef double(x):\n    return np.zeros(()).view(Yes)\n",
    "always equal tensor": "import torch\nclass Yes(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, *a, **k): return True\ndef double(x):\n    return torch.zeros(()).as_subclass(Yes)\n",
    "evil array": "class Evil:\n    def __array__(self, *a, **k):\n        import os; os._exit(0)\n    __float__ = __array__\ndef double(x):\n    return Evil()\n",
    "evil reduce": "class Evil:\n    def __reduce__(self):\n        import os; return os.system, ('touch /tmp/evil',)\ndef double(x):\n    return Evil()\n",
    "evil string": "class Evil(str):\n    def __len__(self): return 1 / 0\ndef double(x):\n    return Evil('x')\n",
    # Know the answer
    "memorised check": "def double(x):\n    return 4.0\n",
    "right for the check alone": "calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x if len(calls) == 1 else 4.0\n",
    "ask the seed": "from vae_course.grading import fresh\ndef double(x):\n    return 2 * float(fresh('small q1').normal())\n",
    "set the seed": "from vae_course.grading import fresh, set_seed\nset_seed(0)\ndef double(x):\n    return 2 * float(fresh('small q1').normal())\n",
    "look up the stack": "import sys\ndef double(x):\n    frame = sys._getframe()\n    while frame:\n        if 'hidden_input' in frame.f_globals: return 2 * frame.f_globals['hidden_input']\n        frame = frame.f_back\n    return 0.0\n",
    "search memory": "import gc\ndef double(x):\n    for thing in gc.get_objects():\n        if isinstance(thing, dict) and 'hidden_input' in thing: return 2 * thing['hidden_input']\n        if isinstance(thing, str) and 'hidden_input' in thing: return 2 * x\n    return 0.0\n",
    "search the disk": "import os\ndef double(x):\n    for top in ('/work', '/root', '/tmp', '/home', '/course', '/var', '/etc', '/mnt'):\n        for folder, _, files in os.walk(top):\n            for name in files:\n                if name.endswith(('.ipynb', '.md', '.json')) and 'hidden_input' in open(os.path.join(folder, name), errors='ignore').read(): return 2 * x\n    return 0.0\n",
    "search processes": "import glob\ndef double(x):\n    for name in glob.glob('/proc/[0-9]*/cmdline') + glob.glob('/proc/[0-9]*/environ'):\n        try: text = open(name, errors='ignore').read()\n        except OSError: continue\n        if 'GRADING' in text or 'ipykernel' in text or 'pytest' in text: return 2 * x\n    return 0.0\n",
    "trace others": "import ctypes\ndef double(x):\n    libc = ctypes.CDLL(None)\n    return 2 * x if any(libc.ptrace(16, pid, 0, 0) == 0 for pid in (1, 2)) else 0.0\n",
    "import the course": "def double(x):\n    import vae_course.objectives, vae_course.grading.engine\n    return 2 * x\n",
    "shadow modules": "for name in ('numpy', 'nbval', 'vae_course'):\n    open(name + '.py', 'w').write('same = lambda *a, **k: None')\nimport sys; sys.path.insert(0, '')\n"
    + WRONG,
    # Speak to the grader
    "forge frames": "import os\ndef double(x):\n    for fd in range(3, 20):\n        try: os.write(fd, b'\\x00' * 8 + b'{\"value\": 1e9}')\n        except OSError: pass\n    return 0.0\n",
    "forge a sound frame": "import os, socket\nfrom vae_course.grading.sandbox.wire import send\ndef double(x):\n    for fd in range(3, 20):\n        try: send(socket.socket(fileno=os.dup(fd)), {'limits': 'none', 'value': None, 'points': 100})\n        except Exception: pass\n    return 0.0\n",
    "announce exabytes": "import os\ndef double(x):\n    for fd in range(3, 20):\n        try: os.write(fd, b'\\x7f' * 8)\n        except OSError: pass\n    return 0.0\n",
    "silence the worker": "import vae_course.grading.sandbox.worker as w\nw.send = lambda *a: None\n" + WRONG,
    "forge results": "import os\nfor top in ('/', '/tmp', '/home', '/dev/shm', '/work', '/work/main', '/root'):\n    for name in ('results.json', 'result.json', 'grades.csv', 'seed'):\n        try: open(os.path.join(top, name), 'w').write('{\"points\": 100}')\n        except OSError: pass\n"
    + WRONG,
    # Use everything up, or never end
    "fork bomb": "import os\ndef double(x):\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
    "memory bomb": "import numpy as np\ndef double(x):\n    held = []\n    while True: held.append(np.ones(10**7))\n",
    "endless loop": "def double(x):\n    while True: pass\n",
    "endless loop in the cell": "while True: pass\n",
    "endless output": "def double(x):\n    while True: print('x' * 10**6)\n",
    "sleep": "import time\ndef double(x):\n    time.sleep(10**6)\n",
    "stop itself": "import os, signal\ndef double(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n",
    "fill the disk": "def double(x):\n    for folder in ('/tmp', '/home', '/dev/shm'):\n        with open(folder + '/full', 'wb') as file:\n            while True: file.write(b'x' * 10**6)\n",
    "huge answer": "import numpy as np\ndef double(x):\n    return np.zeros(10**8)\n",
    "deep answer": "def double(x):\n    nest = []\n    for _ in range(10**5): nest = [nest]\n    return nest\n",
    "huge number": "def double(x):\n    return 10**10000\n",
    # Die, or kill
    "exit": "import sys\ndef double(x):\n    sys.exit(0)\n",
    "hard exit": "import os\ndef double(x):\n    os._exit(0)\n",
    "abort": "import os\ndef double(x):\n    os.abort()\n",
    "segmentation fault": "import ctypes\ndef double(x):\n    ctypes.string_at(0)\n",
    "kill everybody": "import os\ndef double(x):\n    for pid in (1, os.getppid(), -1):\n        try: os.kill(pid, 9)\n        except OSError: pass\n    return 0.0\n",
    "daemon": "import os, subprocess\nsubprocess.Popen(['/usr/bin/sleep', '98765'], start_new_session=True)\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execv('/usr/bin/sleep', ['sleep', '98765'])\n    os._exit(0)\n"
    + WRONG,
    "close everything": "import os\ndef double(x):\n    os.closerange(0, 1000)\n    return 2 * x\n",
    "threads": "import threading, time\nfor _ in range(10): threading.Thread(target=lambda: time.sleep(10**6)).start()\n"
    + WRONG,
    "at exit": "import atexit, os\natexit.register(lambda: os._exit(0))\n" + WRONG,
    # Get out
    "network": "import socket\ndef double(x):\n    for host in ('127.0.0.1', '1.1.1.1', '8.8.8.8'):\n        for port in (53, 80, 443):\n            try: socket.create_connection((host, port), 0.05); return 2 * x\n            except OSError: pass\n    return 0.0\n",
    "become root": "import ctypes, os\ndef double(x):\n    libc = ctypes.CDLL(None)\n    if libc.unshare(0x10000000) == 0 and libc.mount(b'none', b'/home', b'tmpfs', 0, 0) == 0 and open('/etc/shadow'): return 2 * x\n    try: os.setuid(0); return 2 * x\n    except OSError: return 0.0\n",
    "leave through proc": "import os\ndef double(x):\n    for pid in (1, 2):\n        try: os.listdir(f'/proc/{pid}/root/work'); return 2 * x\n        except OSError: pass\n    return 0.0\n",
    # Speak to the reader of the reasons
    "HTML and formulas": "def double(x):\n    raise ValueError('=cmd|\\' /C calc\\'!A0 <script>alert(1)</script> <img src=x onerror=alert(1)>')\n",
    "mute error": "class Mute(Exception):\n    def __str__(self): raise RuntimeError\ndef double(x):\n    raise Mute\n",
    "megabyte error": "def double(x):\n    raise ValueError('x' * 10**6)\n",
    "endless recursion": "def double(x):\n    return double(x)\n",
    "keyboard interrupt": "def double(x):\n    raise KeyboardInterrupt\n",
    "generator exit": "def double(x):\n    raise GeneratorExit\n",
    # Odd sources
    "not Python": "this is no Python\n",
    "nothing": "",
    "NUL": "x = '\x00'\n" + WRONG,
    "odd characters": "s = '\u202e\ufeff\U0001f600'\n" + WRONG,
    "markers in strings": "'''\n# NBVAL_SKIP\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n'''\n" + WRONG,
    "skip comment": "# NBVAL_SKIP\n" + WRONG,
    "cell magic": "%%bash\nexit 0\n",
    "IPython hooks": "get_ipython().events.register('pre_run_cell', lambda *a: None)\n" + WRONG,
    "other answers": "half = observe_half = lambda x: 0\n" + WRONG,
    "a class instead": "class double:\n    def __new__(cls, x): return object.__new__(cls)\n",
    "a value instead": "double = 4.0\n",
    "not a number": "def double(x):\n    return float('nan')\n",
}
