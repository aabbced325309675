"""Where the checkout and the shared material lie, for tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED_DIR = ROOT.parent / "shared"
