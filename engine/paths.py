"""Where the project lies: every path inside it starts from here."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
