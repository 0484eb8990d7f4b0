"""A program in a pseudo-terminal, and what a person sees on its screen."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time

import pyte


class PseudoTerminal:
    """Runs a program with a terminal of its own; `frames` are the screens it showed."""

    def __init__(self, command, *, columns, lines=30, environment, cwd):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.frames = []
        self._master, slave = pty.openpty()
        self._set_size(columns, lines)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)

    @property
    def shown(self):
        """The lines on the screen, without those below the last that is not empty."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    def read_until(self, is_reached, seconds=120):
        """Read until the screen shows what is waited for, or the program ends."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not is_reached("\n".join(self.shown)):
            try:
                chunk = os.read(self._master, 65536)
            except OSError:  # the program has closed its terminal
                break
            self.written += chunk
            self.stream.feed(chunk)
            self.frames.append("\n".join(self.shown))

    def read_to_the_end(self):
        """Read until the program ends; return its exit code."""
        self.read_until(lambda _: False)
        os.close(self._master)
        return self.process.wait(30)

    def resize(self, columns):
        """Change the number of columns; lines that are too long are wrapped, as terminals do."""
        written = "\r\n".join(self.shown)
        self.screen = pyte.Screen(columns, self.screen.lines)
        self.stream = pyte.ByteStream(self.screen)
        self.stream.feed(written.encode())
        self._set_size(columns, self.screen.lines)

    def _set_size(self, columns, lines):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
