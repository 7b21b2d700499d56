"""The bar is drawn where somebody watches, and nothing is written where outputs are stored."""

import io
import os
import select
import struct
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from runmath.training import progress, progress_bar

# Slow enough, 0.4 s, that the bar is drawn: it waits for a tenth of a second.
TRAIN = """
import time
import torch
from runmath.training import fit
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
def loss(model, x):
    time.sleep(0.02)
    return model(x).square().mean()
fit(model, loss, [torch.ones(2, 1)], optimizer=optimizer, n_steps=20)
print("done")
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_the_bar_and_it_vanishes(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(initial=0, total=4, shown=True) as bar:
        for _ in range(4):
            bar.update()
            bar.refresh()
    assert "4/4" in terminal.getvalue()
    assert terminal.getvalue().rsplit("\r", 2)[-2].strip() == ""


def test_a_pipe_sees_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert progress.live_channel() is None
    with progress_bar(initial=0, total=1, shown=True) as bar:
        bar.update()
    assert sys.stderr.getvalue() == sys.stdout.getvalue() == ""


def test_shown_false_is_silent_in_a_terminal_too(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar(initial=0, total=1, shown=False) as bar:
        bar.update()
    assert sys.stderr.getvalue() == ""


def test_a_piped_process_writes_nothing_to_stderr():
    result = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("done\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_process_in_a_terminal_draws_the_bar():
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # no bar without rows
    result = subprocess.run([sys.executable, "-c", TRAIN], stdout=subprocess.PIPE, stderr=slave, check=True)
    assert result.stdout == b"done\n"
    assert select.select([master], [], [], 10)[0], "nothing was drawn"
    assert b"/20 [" in os.read(master, 10_000)
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize("built", [True, False])
def test_a_notebook_never_writes_to_stderr_and_one_that_is_built_stores_no_bar(monkeypatch, built):
    monkeypatch.delenv("RUNMATH_OFFLINE", raising=False)
    if built:
        monkeypatch.setenv("RUNMATH_OFFLINE", "1")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TRAIN)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    outputs = notebook.cells[0].outputs
    assert {output.name for output in outputs} == {"stdout"}
    text = "".join(output.text for output in outputs)
    assert text.endswith("done\n")
    assert ("/20 [" in text) != built
